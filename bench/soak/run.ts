import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { CliError } from '../../codecs/node/command.js';
import { createPrng } from '../channel/index.js';
import { environment } from '../environment.js';
import type { RelayTally } from '../live/relay.js';
import type { ChildProgram } from './child-program.js';
import { soakBundles } from './content.js';
import { createContext, type SoakContext } from './context.js';
import { killAtRandom } from './disturb.js';
import { RECEIVERS } from './edition-records.js';
import { createOperator } from './operate.js';
import { measurePacing } from './pacing.js';
import { startAdversary } from './programs/adversary.js';
import { type SoakReceiver, startReceiver } from './programs/receivers.js';
import { type SoakRelay, startRelay } from './programs/relay.js';
import { createSender } from './programs/sender.js';
import { makeKeys } from './signer.js';
import { progressLine, type SoakReport } from './soak-report.js';
import { openThirdListener, type ThirdListener } from './third-listener.js';

export interface SoakOptions {
  /** Milliseconds in which editions change and processes are killed. */
  readonly duration: number;
  readonly seed: number;
  /** Bits per second. */
  readonly rate: number;
  /** Channel of the relay, as `parseChannelSpec` reads it. */
  readonly channel: string;
  /** A stranger sends to both receivers as fast as the sender does. */
  readonly adversary?: boolean | undefined;
  /** The datagrams go in a television service, over UDP. */
  readonly transportStream?: boolean | undefined;
  /** Empty directory for everything. */
  readonly work: string;
  readonly stop: AbortSignal;
  onProgress(sentence: string): void;
}

/** Milliseconds of which a process lives half to one and a half; in a short soak each is killed at least once all the same. */
const RECEIVER_KILLS = { life: 20_000, down: 3000, least: 5 };
const SENDER_KILLS = { life: 60_000, down: 2000, least: 3 };
const BETWEEN_EDITIONS = 10_000;
/** A shorter soak has smaller editions and shorter pauses. */
const FULL_LENGTH = 60_000;
const PROGRESS_INTERVAL = 30_000;
/** Milliseconds after which all files of the receivers are looked at again. */
const FILES_INTERVAL = 250;
/** Milliseconds in which the last datagrams pass the relay. */
const LAST_DATAGRAMS = 300;

/** Of seven transport packets, by IPv4 and UDP headers. */
const IP_SHARE = (7 * 188 + 28) / (7 * 188);

/**
 * Runs a sender, a relay that loses datagrams and two receivers, changes editions, kills the sender and receiver B, and
 * compares what arrives with what was sent. Only on Linux.
 *
 * @throws CliError when it is stopped, Error when a process does not start
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { duration, seed, rate, channel, transportStream = false, work, stop, onProgress } = options;
  const scale = Math.min(1, duration / FULL_LENGTH);
  const random = createPrng(seed);
  const context = createContext(work, stop, onProgress);
  const { records, standing, now, broken } = context;
  makeKeys(work);
  const listener = await openThirdListener(await loadFecSchemes(), transportStream);
  try {
    const bundles = soakBundles(rate, scale);
    const operator = createOperator(context, scale * BETWEEN_EDITIONS, random.fork('editions'));
    const receivers = await Promise.all(
      RECEIVERS.map((name) => startReceiver(context, name, operator.sentAs, transportStream)),
    );
    const attacked = receivers.map(({ address }) => address);
    const adversary = options.adversary
      ? await startAdversary(context, { to: attacked, rate, seed })
      : undefined;
    const to = [...attacked, listener.address, ...(adversary ? [adversary.address] : [])];
    const relay = await startRelay(context, { to, channel, seed });
    for (const bundle of bundles) await operator.change(bundle);
    const { contentOf } = operator;
    const sender = createSender(context, {
      destination: relay.address,
      rate,
      transportStream,
      bundles,
      contentOf,
    });
    sender.start();

    const ended = endOf(duration, broken);
    const kill = (child: ChildProgram, { life, down, least }: typeof SENDER_KILLS) => {
      const timing = { life: Math.min(life, duration / least), down: down * scale };
      return killAtRandom(child, timing, random.fork(child.name), ended);
    };
    const tell = () => onProgress(progressLine(records.editions, context.children, now()));
    const telling = setInterval(tell, PROGRESS_INTERVAL);
    const lookAtFiles = () => {
      for (const receiver of receivers) receiver.lookAtFiles();
    };
    const looking = setInterval(lookAtFiles, FILES_INTERVAL);
    try {
      await Promise.all([
        kill(sender, SENDER_KILLS),
        kill(receivers[1]!.child, RECEIVER_KILLS),
        ...bundles.map((bundle) => operator.run(bundle, receivers, ended)),
      ]);
    } finally {
      clearInterval(telling);
      clearInterval(looking);
    }
    if (stop.aborted) throw new CliError('Interrupted.');

    const hostile = broken.aborted ? undefined : await adversary?.end();
    const relayDrops = relay.drops();
    const tallies = await endAll(context, sender, relay, receivers);
    lookAtFiles();
    return {
      seed,
      rate,
      channel,
      seconds: now(),
      environment: environment(),
      load: loadavg()[1]!,
      editions: records.editions,
      filesCompared: standing.compared,
      failures: [...records.failures, ...failuresOf(listener)],
      problems: [...context.problems].map(([problem, count]) => ({ problem, count })),
      processes: context.children.map(({ name, lives, peakMemory }) => ({
        name,
        starts: lives.length,
        peakMemory,
      })),
      pacing: broken.aborted
        ? undefined
        : measurePacing(relay.arrivals(), sender.lives, transportStream ? rate * IP_SHARE : rate),
      receivers: receivers.map(({ name, resumed, stateBytes }, i) => ({
        receiver: name,
        sent: tallies[i]?.sent,
        lost: tallies[i]?.lost,
        resumed,
        stateBytes: stateBytes(),
      })),
      listener: { ...listener.heard },
      relayDrops,
      ...(hostile && { adversary: hostile }),
    };
  } finally {
    await Promise.all(context.children.map((child) => child.end('SIGKILL')));
    await listener.close();
  }
}

/** Aborts after some milliseconds, or with another signal. */
function endOf(milliseconds: number, other: AbortSignal): AbortSignal {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), milliseconds);
  other.addEventListener('abort', () => {
    clearTimeout(timer);
    end.abort();
  });
  return end.signal;
}

/** Ends all in the order in which datagrams pass them; what the relay says of each receiver. */
async function endAll(
  context: SoakContext,
  sender: ChildProgram,
  relay: SoakRelay,
  receivers: readonly SoakReceiver[],
): Promise<readonly RelayTally[]> {
  const { broken } = context;
  await end(context, sender);
  await delay(LAST_DATAGRAMS);
  const tallies = broken.aborted ? [] : await relay.end();
  for (const { child, checkDirectory } of receivers) {
    await end(context, child);
    if (!broken.aborted) checkDirectory();
  }
  return tallies;
}

/** Ends a process as its operator does. */
async function end({ records, broken }: SoakContext, child: ChildProgram): Promise<void> {
  const code = await child.end('SIGTERM');
  if (code !== 0 && !broken.aborted)
    records.fail(`The ${child.name} ended with exit code ${code} at SIGTERM.`);
}

function failuresOf({ heard }: ThirdListener): string[] {
  const failures: string[] = [];
  if (heard.repeated > 0)
    failures.push(`${heard.repeated} of ${heard.symbols} symbols had been sent before.`);
  if (heard.unreadable > 0) failures.push(`${heard.unreadable} datagrams of the sender are damaged.`);
  return failures;
}
