/**
 * RFC 6330 section 5.4.2.2: connected components of the graph whose vertices are the columns of V and whose edges
 * are the rows with exactly two ones in V. Union-find, with a heap that gives the largest component.
 */

import { allocate } from './arena';
import { W } from './parameters';

let parent: usize = 0; // u16[W]
let size: usize = 0; // u16[W], valid for roots
let heap: usize = 0; // u32[], largest first: size in the upper, root in the lower 16 bits
let heapLength: u32 = 0;

export function beginComponents(): void {
  parent = allocate(W << 1);
  size = allocate(W << 1);
  heap = allocate(2 * (W + 1) * 4);
  heapLength = 0;
  for (let column: u32 = 0; column < W; column++) {
    store<u16>(parent + (column << 1), <u16>column);
    store<u16>(size + (column << 1), 1);
  }
}

function find(column: u32): u32 {
  let x = column;
  let up: u32 = load<u16>(parent + (x << 1));
  while (up != x) {
    const upper = load<u16>(parent + (up << 1));
    store<u16>(parent + (x << 1), upper);
    x = upper;
    up = load<u16>(parent + (x << 1));
  }
  return x;
}

/** Joins the components of two columns; returns the root, or -1 when they were one component already. */
export function join(column1: u32, column2: u32): i32 {
  let root = find(column1);
  let other = find(column2);
  if (root == other) return -1;
  let rootSize: u32 = load<u16>(size + (root << 1));
  let otherSize: u32 = load<u16>(size + (other << 1));
  if (rootSize < otherSize) {
    const swap = root;
    root = other;
    other = swap;
  }
  store<u16>(parent + (other << 1), <u16>root);
  store<u16>(size + (root << 1), <u16>(rootSize + otherSize));
  return <i32>root;
}

/** Makes the present size of the component of `root` known to largest(). */
export function offer(root: u32): void {
  const key = ((<u32>load<u16>(size + (root << 1))) << 16) | root;
  let at = heapLength++;
  while (at > 0) {
    const up = (at - 1) >>> 1;
    const upKey = load<u32>(heap + (up << 2));
    if (upKey >= key) break;
    store<u32>(heap + (at << 2), upKey);
    at = up;
  }
  store<u32>(heap + (at << 2), key);
}

/** Offers every component of two or more columns. */
export function offerAll(): void {
  for (let column: u32 = 0; column < W; column++) {
    if (<u32>load<u16>(parent + (column << 1)) == column && load<u16>(size + (column << 1)) > 1)
      offer(column);
  }
}

function pop(): u32 {
  const first = load<u32>(heap);
  const key = load<u32>(heap + (--heapLength << 2));
  let at: u32 = 0;
  for (;;) {
    let down = at * 2 + 1;
    if (down >= heapLength) break;
    if (down + 1 < heapLength && load<u32>(heap + ((down + 1) << 2)) > load<u32>(heap + (down << 2))) down++;
    const downKey = load<u32>(heap + (down << 2));
    if (downKey <= key) break;
    store<u32>(heap + (at << 2), downKey);
    at = down;
  }
  store<u32>(heap + (at << 2), key);
  return first;
}

/**
 * The root column of the largest offered component, or -1 when there is none. The caller checks that the column
 * is still in V: a component leaves V as a whole, so its root tells.
 */
export function largest(): i32 {
  while (heapLength > 0) {
    const key = pop();
    const root = key & 0xffff;
    if (<u32>load<u16>(parent + (root << 1)) == root && <u32>load<u16>(size + (root << 1)) == key >>> 16)
      return <i32>root;
  }
  return -1;
}
