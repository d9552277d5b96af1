/** Faults on purpose: by these anybody can see that the fuzzer finds what it looks for. */

import { setTimeout } from 'node:timers/promises';
import { utf8Encode } from '../../../codecs/bytes.js';
import { type FuzzTarget, hold } from '../target.js';

/** Three bytes in a row, which chance finds once in 2^24 inputs: the code that each of them runs leads to the next. */
function isMagic(input: Uint8Array): boolean {
  if (input[0] !== 0x64) return false;
  if (input[1] !== 0x63) return false;
  return input[2] === 0x66;
}

const seeds = [utf8Encode('0000')];

export const targets: readonly FuzzTarget[] = [
  {
    name: 'planted-fault',
    holds: 'No input begins with "dcf".',
    open: () => ({
      seeds,
      run(input) {
        hold(!isMagic(input), 'The input begins with "dcf".');
        return true;
      },
    }),
  },
  {
    name: 'planted-hang',
    holds: 'No input has five bytes.',
    open: () => ({
      seeds,
      run(input) {
        while (input.length === 5);
        return true;
      },
    }),
  },
  {
    name: 'planted-memory',
    holds: 'No input has five bytes.',
    open() {
      const kept: Uint8Array[] = [];
      return {
        seeds,
        run(input) {
          while (input.length === 5) kept.push(new Uint8Array(2 ** 24).fill(1));
          return true;
        },
      };
    },
  },
  {
    name: 'planted-late',
    holds: 'No input has five bytes.',
    open: () => ({
      seeds,
      async run(input) {
        if (input.length === 5) void setTimeout(1).then(() => hold(false, 'Nobody waits for this.'));
        await setTimeout(input.length === 5 ? 20 : 0);
        return true;
      },
    }),
  },
];
