/**
 * A bundle that is silent at times. Its symbols are counted in a time of their own, in which passes follow each other and take as
 * long as they do at most; other bundles decide how long they really take, so a moment may be an earlier or a later time of it.
 */

import type { Rules } from '../../send/multiplex/timetable.js';
import type { Airing } from '../edition/airing.js';
import type { EditionAir } from '../edition/recording.js';
import type { Stream } from '../edition/stream.js';
import type { PassTimes } from './shares.js';

/** Rounds of passes. Seconds. */
export interface Rounds {
  /** Of a round. */
  readonly passes: number;
  /** Silence between two passes of a round. */
  readonly pause: number;
  /** A round from its first datagram to its last, at most and at least. */
  readonly most: number;
  readonly least: number;
  /** From the beginning of one round to that of the next, at most. */
  readonly cycle: number;
}

/** Rows that are looked at in a cycle. */
const MOST_ROWS = 10_000;

/** The rounds of a bundle without end; undefined when it is on the air all the time. */
export function roundsOf({ passes = 1, every, pause = 0 }: Rules, pass: PassTimes): Rounds | undefined {
  const silence = pause / 1000;
  if (every === undefined) {
    if (silence === 0) return undefined;
    return { passes: 1, pause: 0, ...pass, cycle: pass.most + silence };
  }
  const roundOf = (seconds: number) => passes * seconds + (passes - 1) * silence;
  const [most, least] = [roundOf(pass.most), roundOf(pass.least)];
  const isSilent = least < every / 1000 || (passes > 1 && silence > 0);
  return isSilent ? { passes, pause: silence, most, least, cycle: Math.max(every / 1000, most) } : undefined;
}

/** How much is sent by a moment: in passes that take `seconds`, each of which counts as so long. */
export function sentTime(
  { passes, pause, cycle }: Pick<Rounds, 'passes' | 'pause' | 'cycle'>,
  seconds: number,
  counted: number,
): (moment: number) => number {
  return (moment) => {
    const before = Math.floor(moment / cycle);
    const inRound = moment - before * cycle;
    const whole = Math.min(passes, Math.floor(inRound / (seconds + pause)));
    const inPass = whole === passes ? 0 : Math.min(1, (inRound - whole * (seconds + pause)) / seconds);
    return (before * passes + whole + inPass) * counted;
  };
}

/**
 * A carousel with the silences of its rounds.
 *
 * @param late seconds by which repetitions may keep its passes waiting
 */
export function inRounds(air: EditionAir, rounds: Rounds, pass: PassTimes, late: number): EditionAir {
  const { passes, pause, cycle } = rounds;
  const timeOfRound = passes * pass.most;
  const rest = cycle - rounds.most;
  // Where rounds differ in length and have pauses, no part of a round that has begun is counted on.
  const isKnown = rest > 0 || passes === 1 || pause === 0;
  const counted = (passSeconds: number) => sentTime(rounds, passSeconds, pass.most);
  const repeat = ({ stream, repetition, ...airing }: Airing): Airing => ({
    ...airing,
    stream,
    repetition: repetition && repeated(repetition, rounds, pass, stream === undefined),
  });
  return {
    ...air,
    airings: air.airings.map(repeat),
    late: air.late + late,
    cycle,
    dueAt: counted(pass.most),
    dueFrom: isKnown ? counted(pass.least) : (seconds) => Math.ceil(seconds / cycle) * timeOfRound,
  };
}

/**
 * What is repeated while a bundle is on the air: as soon as it is due and the bundle is not silent. So it comes as a round begins
 * when it became due before.
 *
 * @param isIndex a front may have come with the pass before
 */
function repeated(
  stream: Stream,
  { passes, pause, most, least, cycle }: Rounds,
  pass: PassTimes,
  isIndex: boolean,
): Stream {
  const { period: interval, rowSeconds = 0, row } = stream;
  const rest = cycle - most;
  if (rest < interval) {
    const period = interval + Math.max(rest, passes > 1 ? pause : 0);
    return { ...stream, to: period, period };
  }
  const rows: { begin: number; end: number }[] = [];
  const add = (begin: number, end: number, seconds: number, from: number, to: number) => {
    for (let i = isIndex ? 0 : 1; i * to <= seconds && rows.length < MOST_ROWS; i++) {
      rows.push({ begin: begin + i * from, end: end + i * to + rowSeconds });
    }
  };
  if (passes === 1 || pause < interval) add(0, 0, least, interval, interval + (passes > 1 ? pause : 0));
  else {
    for (let i = 0; i < passes; i++) {
      add(i * (pass.least + pause), i * (pass.most + pause), pass.least, interval, interval);
    }
  }
  return { ...stream, from: 0, to: cycle, period: cycle, count: row * rows.length, rows };
}
