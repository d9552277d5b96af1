import { createHash } from 'node:crypto';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import { datagramsOf } from '../../codecs/recording/index.js';
import { ChannelError } from './datagram.js';
import { formatTrace } from './models/format-trace.js';
import { oneRecording } from './one-recording.js';

/** A loss trace that was made from a recording. */
export interface MadeTrace {
  /** As the model `trace` reads it, with a heading that says where it comes from. */
  readonly text: string;
  readonly datagrams: number;
  readonly lost: number;
}

/**
 * What was lost of a recording that was sent. A datagram that was altered on its way counts as lost.
 *
 * @throws ChannelError when nothing of it was received
 */
export async function traceAgainst(sentPath: string, receivedPath: string): Promise<MadeTrace> {
  /** How often each datagram came. */
  const received = new Map<string, number>();
  for await (const { payload } of read(receivedPath)) {
    const digest = digestOf(payload);
    received.set(digest, (received.get(digest) ?? 0) + 1);
  }
  const lost: boolean[] = [];
  for await (const { payload } of read(sentPath)) {
    const digest = digestOf(payload);
    const left = received.get(digest) ?? 0;
    if (left > 0) received.set(digest, left - 1);
    lost.push(left === 0);
  }
  if (!lost.includes(false)) throw new ChannelError(`${receivedPath} has no datagram of ${sentPath}.`);
  return made(lost, [`${receivedPath}, compared with ${sentPath}, which was sent.`]);
}

/** Of the gaps between datagrams, those that are about a whole number of intervals; below, times tell nothing. */
const LEAST_REGULAR = 0.9;
/** Of an interval: how far from a whole number a regular gap may be. */
const TOLERANCE = 0.25;
/** Of the gaps, the share that the shortest interval has at least. */
const LEAST_SHARE = 0.02;

/**
 * What was lost, by the times of what was received: a sender whose datagrams are of one length sends them at equal intervals, and
 * a longer gap has datagrams in it that are lost. What was lost before the first and after the last one nobody can tell.
 *
 * @throws ChannelError when the times do not show intervals
 */
export async function traceByTimes(path: string): Promise<MadeTrace> {
  const times = await timesOf(path);
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  const interval = intervalOf(gaps);
  const counts = gaps.map((gap) => Math.max(1, Math.round(gap / interval)));
  const regular = gaps.filter((gap, i) => Math.abs(gap / interval - counts[i]!) <= TOLERANCE).length;
  if (gaps.length < 10 || !(interval > 0) || regular < LEAST_REGULAR * gaps.length) {
    throw new ChannelError(
      `The times in ${path} do not tell what was lost: its datagrams do not come at equal intervals. Give what was sent with --sent.`,
    );
  }
  const lost = [false, ...counts.flatMap((count) => [...Array<boolean>(count - 1).fill(true), false])];
  return made(lost, [
    `${path}, by its times: a datagram each ${(interval / 1e6).toFixed(3)} ms,`,
    `${((100 * regular) / gaps.length).toFixed(1)} % of the gaps are a whole number of these.`,
  ]);
}

/** Of the destination that has most of them, in nanoseconds since the first. */
async function timesOf(path: string): Promise<number[]> {
  const all = new Map<string, bigint[]>();
  for await (const { destination, destinationPort, timestampNs } of read(path)) {
    const key = `${destination} ${destinationPort}`;
    const times = all.get(key) ?? [];
    times.push(timestampNs);
    all.set(key, times);
  }
  const times = [...all.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
  return times.map((time) => Number(time - times[0]!));
}

/** The shortest gap that is common, by the middle of those that are about as long. */
function intervalOf(gaps: readonly number[]): number {
  const sorted = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const needed = Math.max(1, Math.floor(LEAST_SHARE * sorted.length));
  for (let i = 0; i < sorted.length; i++) {
    let end = i;
    while (end < sorted.length && sorted[end]! <= 1.1 * sorted[i]!) end++;
    if (end - i >= needed) return refined(gaps, sorted[(i + end) >> 1]!);
  }
  return Number.NaN;
}

/** By longer and longer gaps, whose ends shake less in proportion. */
function refined(gaps: readonly number[], about: number): number {
  let interval = about;
  const longest = gaps.reduce((most, gap) => Math.max(most, gap / about), 1);
  for (let most = 1; most < 2 * longest; most *= 2) {
    let [time, intervals] = [0, 0];
    for (const gap of gaps) {
      const count = Math.round(gap / interval);
      if (count < 1 || count > most) continue;
      time += gap;
      intervals += count;
    }
    if (intervals > 0) interval = time / intervals;
  }
  return interval;
}

function made(lost: readonly boolean[], about: readonly string[]): MadeTrace {
  const count = lost.filter(Boolean).length;
  const heading = [
    'A loss trace, for datacast-bench channel --channel trace:path=FILE. It is of',
    ...about,
    `${lost.length} datagrams, ${count} of them lost (${((100 * count) / lost.length).toFixed(2)} %).`,
  ];
  const comments = heading.map((line) => `# ${line.replaceAll(/[\r\n]/g, ' ')}\n`).join('');
  return { text: comments + formatTrace(lost), datagrams: lost.length, lost: count };
}

async function* read(path: string): AsyncGenerator<UdpDatagram> {
  yield* datagramsOf((await oneRecording(path)).read());
}

function digestOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('base64');
}
