import { parseDecimal } from '../decimal.js';
import { FecError } from './error.js';

/**
 * A whole number from the FEC-OTI attributes of an FDT.
 *
 * @throws FecError when it is missing, not a number or above `max`
 */
export function requireNumber(
  attributes: Readonly<Record<string, string>>,
  name: string,
  max: number,
): number {
  const text = requireText(attributes, name);
  const value = parseDecimal(text, max);
  if (value === undefined) {
    throw new FecError(`FDT attribute ${name}="${text.slice(0, 40)}" is no whole number from 0 to ${max}.`);
  }
  return value;
}

/** @throws FecError when the attribute is missing */
export function requireText(attributes: Readonly<Record<string, string>>, name: string): string {
  if (!Object.hasOwn(attributes, name)) throw new FecError(`The FDT lacks the attribute ${name}.`);
  return attributes[name]!;
}
