/** RFC 6330 sections 5.3.5.3 and 5.3.5.4: which intermediate symbols an encoding symbol is the sum of. */

import { degree } from './degree';
import { J, P, P1, W } from './parameters';
import { rand } from './rand';

/** Most LT columns a row can have (Table 1), and most PI columns (2, or 3 where d < 4). */
export const MAX_LT_COLUMNS: u32 = 30;
export const MAX_PI_COLUMNS: u32 = 3;

/**
 * Writes the LT columns (0..W-1) of the row for internal symbol ID `isi` as u16 from `lt`, and the number of
 * its PI columns followed by them (0..P-1) as u16 from `pi`. Returns the number of LT columns.
 */
export function writeRow(isi: u32, lt: usize, pi: usize): u32 {
  let A: u32 = 53591 + J * 997;
  if ((A & 1) == 0) A++;
  const y: u32 = 10267 * (J + 1) + isi * A;
  const d = degree(rand(y, 0, 1 << 20));
  const a = 1 + rand(y, 1, W - 1);
  let b = rand(y, 2, W);
  const d1: u32 = d < 4 ? 2 + rand(isi, 3, 2) : 2;
  const a1 = 1 + rand(isi, 4, P1 - 1);
  let b1 = rand(isi, 5, P1);

  store<u16>(lt, <u16>b);
  for (let j: u32 = 1; j < d; j++) {
    b += a;
    if (b >= W) b -= W;
    store<u16>(lt + (j << 1), <u16>b);
  }
  store<u16>(pi, <u16>d1);
  for (let j: u32 = 1; j <= d1; j++) {
    while (b1 >= P) b1 = (b1 + a1) % P1;
    store<u16>(pi + (j << 1), <u16>b1);
    b1 = (b1 + a1) % P1;
  }
  return d;
}
