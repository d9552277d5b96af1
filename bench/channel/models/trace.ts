import { readFileSync } from 'node:fs';
import type { Prng } from '../../../fixtures/prng.js';
import type { LossModel } from './loss.js';

/** A loss trace that cannot be read, said in a sentence with file and line. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** What happened to one datagram after the other: runs of received and of lost ones in turn, the first received. */
export interface LossTrace {
  /** Lengths of the runs, in datagrams: received, lost, received, lost ...; only the first and the last may be 0. */
  readonly runs: readonly number[];
  /** Datagrams in all, at least 1. */
  readonly datagrams: number;
  readonly lost: number;
}

/**
 * Reads a loss trace: lines of the characters 0 (received) and 1 (lost), with blanks where one likes, or lines
 * `received N` and `lost N`; empty lines and what follows a # are passed over.
 *
 * @param name of the file, for messages
 * @throws TraceError with file and line
 */
export function parseTrace(text: string, name: string): LossTrace {
  const runs = [0];
  const totals = [0, 0];
  const add = (count: number, lost: 0 | 1) => {
    if (count === 0) return;
    totals[lost]! += count;
    if ((runs.length - 1) % 2 === lost) runs[runs.length - 1]! += count;
    else runs.push(count);
  };
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') continue;
    const where = `${name}, line ${index + 1}`;
    const run = /^(received|lost)\s+([0-9]+)$/.exec(line);
    if (run !== null) add(Number(run[2]), run[1] === 'lost' ? 1 : 0);
    else if (/^[01\s]+$/.test(line))
      for (const [part] of line.matchAll(/0+|1+/g)) add(part.length, part[0] === '1' ? 1 : 0);
    else {
      throw new TraceError(
        `${where}: "${line.slice(0, 40)}" is no part of a loss trace; expected 0 and 1, "received N" or "lost N".`,
      );
    }
    if (totals[0]! + totals[1]! > Number.MAX_SAFE_INTEGER) {
      throw new TraceError(`${where}: the trace has more than ${Number.MAX_SAFE_INTEGER} datagrams.`);
    }
  }
  const datagrams = totals[0]! + totals[1]!;
  if (datagrams === 0) throw new TraceError(`${name} holds no datagrams; a loss trace has at least one.`);
  return { runs, datagrams, lost: totals[1]! };
}

/** Reads a loss trace from a file, see `parseTrace`. */
export function readTrace(path: string): LossTrace {
  return parseTrace(readFileSync(path, 'utf8'), path);
}

/** Replays a trace from a random datagram on, again from its beginning after its end. */
export function replayTrace(prng: Prng, { runs, datagrams }: LossTrace): LossModel {
  let left = prng.below(datagrams);
  let run = 0;
  while (left >= runs[run]!) left -= runs[run++]!;
  left = runs[run]! - left;
  return () => {
    while (left === 0) {
      run = (run + 1) % runs.length;
      left = runs[run]!;
    }
    left--;
    return run % 2 === 1;
  };
}
