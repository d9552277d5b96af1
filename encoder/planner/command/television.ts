import { builtInSlate, type Carrier, datagramRate } from '../../../codecs/mpegts/index.js';
import { UsageError } from '../../../codecs/node/command.js';
import { formatShare } from '../../../codecs/text.js';
import { formatDuration, formatRate, shortRate } from '../../text.js';
import type { EditionPlan } from '../edition/plan-edition.js';

/** A television service that carries the datagrams. */
export interface Television {
  readonly carrier: Carrier;
  /** Bits per second of the transport stream. */
  readonly tsRate: number;
}

/** How long a person records a service that is always on the air, from any moment on; seconds, undefined where it is beyond reckoning. */
export interface RecordingTimes {
  readonly front: number | undefined;
  readonly all: number | undefined;
  /** Of `all`, as one says it to people: rounded up. */
  readonly minutes: number | undefined;
  /** Of twice that time: reception is worse than planned where it matters most. */
  readonly slateMinutes: number | undefined;
}

/**
 * The television service that is asked for; undefined: the rate is given.
 *
 * @throws UsageError when the options do not go together
 */
export function televisionOf(options: {
  readonly rate?: number;
  readonly carrier?: Carrier;
  readonly tsRate?: number;
}): Television | undefined {
  const { rate, carrier, tsRate } = options;
  if (tsRate === undefined) {
    if (carrier !== undefined)
      throw new UsageError('--carrier needs the rate of its stream: add --ts-rate, like 2M.');
    if (rate === undefined) throw new UsageError('Give --rate, or --ts-rate for a television service.');
    return undefined;
  }
  if (rate !== undefined) {
    throw new UsageError('What a television service carries follows from --ts-rate: leave --rate out.');
  }
  return { carrier: carrier ?? 'video', tsRate };
}

/** Bits per second that are left for packets, as `datacast encode` fills the service. */
export function packetRate({ tsRate }: Television, mtu: number): number {
  return datagramRate([builtInSlate()], tsRate, mtu);
}

export function recordingTimes({ mixed }: EditionPlan): RecordingTimes {
  const timeOf = (wanted: string) => mixed.stages.find(({ kind }) => kind === wanted)?.joining.atConfidence;
  const all = timeOf('all');
  const minutesOf = (seconds: number | undefined) =>
    seconds === undefined ? undefined : roundMinutes(seconds / 60);
  const twice = all === undefined ? undefined : 2 * all;
  return { front: timeOf('front'), all, minutes: minutesOf(all), slateMinutes: minutesOf(twice) };
}

/** Whole minutes up to five, then steps that people say: 25 minutes, 1 hour 40 minutes. */
function roundMinutes(minutes: number): number {
  const step = minutes <= 5 ? 1 : minutes <= 60 ? 5 : 10;
  return step * Math.ceil(minutes / step);
}

/** What to tell whoever holds the remote control. */
export function recordingSentences(plan: EditionPlan): string[] {
  const { front, all, slateMinutes } = recordingTimes(plan);
  if (all === undefined || slateMinutes === undefined)
    return [
      'How long to record is beyond reckoning here: no time was found after which nearly all have everything.',
    ];
  const frontText = front === undefined ? '' : ` has the front after ${formatDuration(front)} and`;
  return [
    `Whoever starts to record at any moment${frontText} has everything after ${formatDuration(all)}: ${formatShare(plan.confidence)} do.`,
    `Say twice as long on the slate, as reception may be worse: record ${spoken(slateMinutes)}.`,
  ];
}

function spoken(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [
    hours === 0 ? [] : hours === 1 ? '1 hour' : `${hours} hours`,
    rest === 0 ? [] : rest === 1 ? '1 minute' : `${rest} minutes`,
  ];
  return parts.flat().join(' ');
}

export function describeTelevision({ carrier, tsRate }: Television, rate: number): string {
  const where = carrier === 'video' ? 'the video stream' : 'a stream of subtitles';
  return `${where} of a television service, ${formatRate(tsRate)}, which leaves ${formatRate(rate)} for packets`;
}

/** Options of `datacast encode` and `datacast send` that make the service. */
export function televisionOptions({ carrier, tsRate }: Television): string {
  return `--ts-service tv --ts-rate ${shortRate(tsRate)}${carrier === 'video' ? '' : ` --carrier ${carrier}`}`;
}
