/** RFC 6330 section 5.3.5.2: the degree generator, Table 1. */

import { W } from './parameters';

const MAX_DEGREE: u32 = 30;

const F: usize = memory.data<u32>([
  0, 5243, 529531, 704294, 791675, 844104, 879057, 904023, 922747, 937311, 948962, 958494, 966438, 973160,
  978921, 983914, 988283, 992138, 995565, 998631, 1001391, 1003887, 1006157, 1008229, 1010129, 1011876,
  1013490, 1014983, 1016370, 1017662, 1048576,
]);

/** Deg[v]: the d with f[d-1] <= v < f[d], at most W-2; v in 0..2^20-1. */
export function degree(v: u32): u32 {
  let d: u32 = 1;
  while (d < MAX_DEGREE && v >= load<u32>(F + (d << 2))) d++;
  return min(d, W - 2);
}
