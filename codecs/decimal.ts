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

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** A number as people write it, with a unit or without: `64000`, `64k`, `2.5M`, `1G`; undefined for another text. */
export function parseScaled(text: string): number | undefined {
  const parts = /^([0-9]{1,16}(?:\.[0-9]{1,6})?)([kMG]?)$/.exec(text);
  return parts === null ? undefined : Number(parts[1]) * UNITS[parts[2]!]!;
}
