import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createReceiver } from '../../receiver/engine/receiver.js';
import { createPrng, FORGERY_KINDS, type Prng } from '../channel/index.js';
import { type Summary, summarize } from '../statistics.js';
import { genuineSession } from './flood.js';
import { createFlood } from './flood-datagrams.js';

export interface ShareOptions {
  /** Parts of the datagrams that are forged, 0 or more and below 1. */
  readonly shares: readonly number[];
  readonly runs: number;
  readonly seed: number;
}

/** What forgeries cost. */
export interface ShareResult {
  readonly verify: 'lazy' | 'eager';
  readonly share: number;
  /** Datagrams until the bundle was handed out: genuine ones, and forgeries. */
  readonly genuine: Summary;
  readonly forged: Summary;
  /** Processor time, in seconds, from the first datagram until then. */
  readonly seconds: Summary;
  /** Millionths of a second for each datagram of either kind. */
  readonly perDatagram: Summary;
  /** Datagrams a second, of either kind, that one core keeps up with, and the Mbit/s of their UDP payloads. */
  readonly datagramsPerSecond: number;
  readonly megabits: number;
}

/** Datagrams pushed at a time. */
const BATCH = 64;
/** A run that nothing comes of is given up. */
const MOST_TURNS = 8;
/** Before the first one counts, code is compiled. */
const WARM_UP = 2;

/** Measures the processor time that a bundle takes among forgeries, with the store in memory; what is sent is made before. */
export async function measureShares(
  { shares, runs, seed }: ShareOptions,
  onResult: (result: ShareResult) => void,
): Promise<void> {
  const schemes = await loadFecSchemes();
  const prng = createPrng(seed);
  const session = await genuineSession(prng.fork('genuine'), schemes);
  const make = await createFlood(prng.fork('forgeries'), session.target);
  for (const verify of ['lazy', 'eager'] as const) {
    for (const share of shares) {
      const measured: Run[] = [];
      for (let run = -WARM_UP; run < runs; run++) {
        const datagrams = await mix(session, share, make, prng.fork(`${share} ${run}`));
        const result = await receive({ session, schemes, verify, datagrams });
        if (run >= 0) measured.push(result);
      }
      onResult(summarizeRuns(verify, share, measured));
    }
  }
}

interface Mixed {
  readonly bytes: Uint8Array;
  readonly isForged: boolean;
}

type Session = Awaited<ReturnType<typeof genuineSession>>;

async function mix(
  { tables, symbols }: Session,
  share: number,
  make: Awaited<ReturnType<typeof createFlood>>,
  prng: Prng,
): Promise<Mixed[]> {
  const mixed: Mixed[] = [];
  for (const bytes of [...tables, ...symbols]) {
    while (prng.chance(share)) {
      const kind = FORGERY_KINDS[prng.below(FORGERY_KINDS.length)]!;
      mixed.push({ bytes: await make(kind), isForged: true });
    }
    mixed.push({ bytes, isForged: false });
  }
  return mixed;
}

interface Run {
  readonly genuine: number;
  readonly forged: number;
  readonly bytes: number;
  readonly seconds: number;
}

interface Reception {
  readonly session: Session;
  readonly schemes: Awaited<ReturnType<typeof loadFecSchemes>>;
  readonly verify: 'lazy' | 'eager';
  readonly datagrams: readonly Mixed[];
}

/** @throws Error when the bundle does not arrive */
async function receive({ session, schemes, verify, datagrams }: Reception): Promise<Run> {
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [session.publisher],
    verify,
  });
  let isComplete = false;
  receiver.on('part', ({ content }) => {
    isComplete = true;
    return content.release();
  });
  const began = process.cpuUsage();
  const run = { genuine: 0, forged: 0, bytes: 0 };
  for (let turn = 0; turn < MOST_TURNS && !isComplete; turn++) {
    for (let first = 0; first < datagrams.length && !isComplete; first += BATCH) {
      for (const { bytes, isForged } of datagrams.slice(first, first + BATCH)) {
        run[isForged ? 'forged' : 'genuine']++;
        run.bytes += bytes.length;
        receiver.push(bytes, { destination: '239.255.0.1:4001' });
      }
      await receiver.taken();
    }
    await receiver.idle();
  }
  const { user, system } = process.cpuUsage(began);
  await receiver.close();
  if (!isComplete) throw new Error('The genuine bundle did not arrive.');
  return { ...run, seconds: (user + system) / 1e6 };
}

function summarizeRuns(verify: 'lazy' | 'eager', share: number, runs: readonly Run[]): ShareResult {
  const of = (value: (run: Run) => number) => summarize(runs.map(value));
  const perDatagram = of(({ genuine, forged, seconds }) => (1e6 * seconds) / (genuine + forged));
  const bytes = of((run) => run.bytes / (run.genuine + run.forged)).median;
  return {
    verify,
    share,
    genuine: of(({ genuine }) => genuine),
    forged: of(({ forged }) => forged),
    seconds: of(({ seconds }) => seconds),
    perDatagram,
    datagramsPerSecond: 1e6 / perDatagram.median,
    megabits: (8 * bytes) / perDatagram.median,
  };
}
