import { toHex } from '../../codecs/bytes.js';
import { formatBytes, formatCount, formatNumber, formatPercent } from '../../codecs/text.js';
import type { Fault, FuzzResult } from './run.js';

/** Longer inputs are in their file only. */
const SHOWN_BYTES = 256;

/** A run in which everything holds, on a line. */
export function describeRun(target: string, result: Exclude<FuzzResult, { type: 'fault' }>): string {
  if (result.type === 'repeated') {
    return `${target}: everything holds; the input is ${result.isTaken ? 'taken' : 'refused'}.\n`;
  }
  const { inputs, taken, steps, seeds, corpus, code, milliseconds, slowest } = result.counts;
  return [
    `${target}: ${formatCount(inputs, 'input')}${steps === undefined ? '' : ` of ${formatNumber(steps.count)} ${steps.of}`}`,
    `${formatNumber(Math.round(inputs / (milliseconds / 1000)))} a second`,
    `${formatPercent(taken, inputs)} taken`,
    `corpus ${formatNumber(seeds)} to ${formatNumber(corpus)}`,
    `${formatNumber(Math.round(code / 1000))} kB of code`,
    `slowest ${slowest.toFixed(1)} ms\n`,
  ].join(', ');
}

/** @param path of the file that has the input */
export function describeFault(
  target: string,
  seed: number,
  { stack, message, input, number }: Fault,
  path: string,
): string {
  const told = stack.includes(message) ? stack : `${message}\n${stack}`;
  const hex = input.length > SHOWN_BYTES ? '' : `: ${toHex(input)}`;
  return `${target}: FAULT in input ${formatNumber(number)} of seed ${seed}
${told.replace(/^/gm, '  ')}
  The input has ${formatBytes(input.length)}${hex}
  It is in ${path}
  Repeat it: npm run fuzz -- --target ${target} --input ${path}
`;
}
