/** Numbers as the tables write them. */

import type { Interval } from '../../loss/index.js';

/** A share in percent, without its sign. */
export const share = (value: number, digits = 2) => (100 * value).toFixed(digits);
export const range = ({ probability, low, high }: Interval, digits: number) =>
  `${share(probability, digits)} (${share(low, digits)} to ${share(high, digits)})`;
export const whole = (value: number) => value.toLocaleString('en');
export const seconds = (value: number | undefined) =>
  value === undefined ? '-' : Number(value.toPrecision(4)).toString();
export const yesNo = (value: boolean) => (value ? 'yes' : 'no');
