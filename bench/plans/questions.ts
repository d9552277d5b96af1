import type { Prng } from '../../fixtures/prng.js';
import type { ChannelSpec } from '../channel/index.js';

/** A question to `datacast plan`, and the channel that it is about. */
export interface PlanQuestion {
  /** Options of `datacast plan`, without --json. */
  readonly options: readonly string[];
  readonly channel: ChannelSpec;
  readonly rate: number;
  readonly confidence: number;
}

/** Bytes of the content. */
const SIZES = [1e3, 2e7] as const;
/** Seconds that the content takes without loss. */
const SECONDS = [10, 10_000] as const;
const CONFIDENCES = [0.9, 0.99, 0.999];

/** Questions as operators may have them, the same for the same seed. */
export function randomQuestions(count: number, prng: Prng): PlanQuestion[] {
  return Array.from({ length: count }, (_, i) => randomQuestion(prng.fork(`question ${i}`)));
}

function randomQuestion(prng: Prng): PlanQuestion {
  const bytes = Math.round(between(prng, ...SIZES));
  const seconds = between(prng, ...SECONDS);
  const rate = Math.round(Math.min(1e8, Math.max(1e3, (8 * bytes) / seconds)));
  const confidence = CONFIDENCES[prng.below(CONFIDENCES.length)]!;
  const { channel, options } = CHANNELS[prng.below(CHANNELS.length)]!(prng, seconds);
  const air = ['--size', String(bytes), '--rate', String(rate), '--confidence', String(confidence)];
  return { options: [...air, ...options], channel, rate, confidence };
}

type Asked = Pick<PlanQuestion, 'channel' | 'options'>;

/** One of each model, or with independent loss besides. */
const CHANNELS: readonly ((prng: Prng, seconds: number) => Asked)[] = [
  (prng) => {
    const loss = share(prng, 0.001, 0.6);
    return { channel: { model: 'bernoulli', loss }, options: ['--loss', percent(loss)] };
  },
  (prng) => {
    const loss = share(prng, 0.005, 0.4);
    const burst = written(between(prng, 1 / (1 - loss) + 0.01, 300));
    const options = ['--model', 'gilbert-elliott', '--loss', percent(loss), '--burst', String(burst)];
    return { channel: { model: 'gilbert-elliott', loss, burst }, options };
  },
  (prng, seconds) => timed(prng, seconds, 'rain-fade', 10),
  (prng, seconds) => timed(prng, seconds, 'shadowing', 0.1),
  (prng) => {
    const loss = share(prng, 0.001, 0.05);
    const burst = written(between(prng, 1.2, 100));
    return {
      channel: { model: 'recorder', loss, burst },
      options: ['--model', 'recorder', '--loss', percent(loss), '--burst', String(burst)],
    };
  },
  (prng) => {
    const loss = share(prng, 0.001, 0.1);
    // Bits of a normal frame that carry packets: EN 302 307-1 table 5a without the header of 80 bits.
    const [modcod, bits] = MODCODS[prng.below(MODCODS.length)]!;
    return {
      channel: { model: 'dvb-s2', loss, packetsPerFrame: bits / 1504 },
      options: ['--model', 'dvb-s2', '--loss', percent(loss), '--modcod', modcod],
    };
  },
];

const MODCODS = [
  ['qpsk-1/2', 32_128],
  ['8psk-3/4', 48_328],
  ['16apsk-9/10', 58_112],
] as const;

/** Fades or shadows, from short ones to some that last as long as the content. @param least of the mean, seconds */
function timed(prng: Prng, seconds: number, model: 'rain-fade' | 'shadowing', least: number): Asked {
  const fading = share(prng, 0.002, 0.2);
  const meanSeconds = written(between(prng, least, Math.max(2 * least, seconds)));
  const besides = prng.chance(0.3) ? share(prng, 0.005, 0.2) : 0;
  const lengths = { share: fading, meanSeconds };
  const fades: ChannelSpec =
    model === 'rain-fade' ? { model, ...lengths } : { model: 'shadowing', ...lengths };
  return {
    channel: besides === 0 ? fades : { model: 'all', of: [fades, { model: 'bernoulli', loss: besides }] },
    options: [
      ...['--model', model, '--fade-share', percent(fading), '--fade-seconds', String(meanSeconds)],
      ...(besides === 0 ? [] : ['--loss', percent(besides)]),
    ],
  };
}

/** As often in each power of ten. */
function between(prng: Prng, least: number, most: number): number {
  return least * (most / least) ** prng.uniform();
}

/** As the command line takes it: percent with four digits after the point. */
function share(prng: Prng, least: number, most: number): number {
  return Math.round(1e6 * between(prng, least, most)) / 1e6;
}

/** With the sign: below 1 a number alone could be meant as a part of 1. */
const percent = (part: number) => `${Number((100 * part).toFixed(4))}%`;
const written = (value: number) => Number(value.toFixed(3));
