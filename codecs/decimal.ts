/**
 * A whole number in decimal digits and nothing else, as the attributes of an FDT write it.
 *
 * @param max the largest value allowed, at most 2^53-1
 * @returns undefined when the text is something else or the number is larger than `max`
 */
export function parseDecimal(text: string, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
  if (!/^[0-9]{1,20}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
