/** The receiving engine as a whole: datagrams go in, content comes out. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../../../codecs/bytes.js';
import type { FecSchemes } from '../../../../codecs/fec/index.js';
import type { PublicKey } from '../../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../../codecs/node/crypto.js';
import type {
  KnownEdition,
  ObjectContent,
  RejectionReason,
} from '../../../../receiver/engine/ports/events.js';
import { DEFAULT_LIMITS, type ReceiverLimits } from '../../../../receiver/engine/ports/limits.js';
import type { Seen } from '../../../../receiver/engine/ports/seen.js';
import { createReceiver } from '../../../../receiver/engine/receiver.js';
import { type DirectoryStore, openDirectoryStore } from '../../../../receiver/stores/directory/directory.js';
import { bytesOf } from '../../../../receiver/testing.js';
import { type FuzzTarget, hold } from '../../target.js';
import { writePieces } from '../pieces.js';
import { type Broadcast, broadcast } from './broadcast.js';
import { mutateSteps, readSteps, STEP, type Step } from './steps.js';

interface Variant {
  readonly name: string;
  readonly holds: string;
  readonly verify: 'lazy' | 'eager';
  /** A store in a directory, with which the receiver starts again in the middle. */
  readonly isPersistent?: boolean;
  /** Little room, and sessions that nobody signed are received, too. */
  readonly isSmall?: boolean;
}

const SMALL: ReceiverLimits = {
  ...DEFAULT_LIMITS,
  maxSessions: 2,
  maxObjects: 4,
  maxObjectBytes: 3000,
  maxParts: 3,
  maxEditions: 2,
  maxTables: 2,
  maxFdtBytes: 4000,
  maxWaitingBytes: 3000,
  maxStoredBytes: 6000,
  maxQueuedBytes: 4000,
};

/** What an application holds while receivers come and go. */
interface Application {
  readonly editions: Map<string, KnownEdition>;
  readonly parts: Set<string>;
  seen: Seen | undefined;
}

/** A life of a receiver. */
async function live(steps: readonly Step[], options: Variant, world: World, app: Application): Promise<void> {
  const { schemes, publisher, sent } = world;
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    verify: options.verify,
    allowUnsigned: options.isSmall ?? false,
    ...(options.isSmall && { limits: SMALL }),
    ...(world.store && { store: world.store }),
    ...(app.seen && { seen: app.seen }),
    editions: [...app.editions.values()],
    isHeld: ({ sha256 }) => app.parts.has(sha256),
    // what is counted follows from the input alone
    checkDelay: Number.POSITIVE_INFINITY,
  });
  const rejected = new Map<RejectionReason, number>();
  const problems: unknown[] = [];
  const reading: Promise<void>[] = [];
  const take = (content: ObjectContent, check: (bytes: Uint8Array) => void) => {
    const work = async () => {
      check(await bytesOf(content));
      await content.release();
    };
    reading.push(work().catch((error: unknown) => void problems.push(error)));
  };
  receiver.on('failed', ({ error }) => problems.push(error));
  receiver.on('listenerFailed', ({ error }) => problems.push(error));
  receiver.on('rejected', ({ reason, detail }) => {
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
    hold(detail.length > 0 && detail.length < 2000, `A rejection has ${detail.length} characters.`);
  });
  receiver.on('seen', (seen) => {
    app.seen = seen;
  });
  receiver.on('edition', ({ edition, index, object }) => {
    const sha256 = toHex(nodeCrypto.sha256(object));
    hold(sent.indices.has(sha256), 'An index is handed out that the publisher did not sign.');
    hold(sha256 === edition.sha256, 'The SHA-256 of the index is another one.');
    hold(
      index.sequence === edition.sequence && index.name === edition.name,
      'The index is of another edition.',
    );
    const before = app.editions.get(edition.name)?.edition.sequence ?? -1;
    hold(edition.sequence > before, `Edition ${edition.sequence} comes after edition ${before}.`);
    app.editions.set(edition.name, { edition, index });
  });
  receiver.on('part', ({ part, content, editions }) => {
    hold(editions.length > 0, 'A part is handed out that no edition lists.');
    take(content, (bytes) => {
      const sha256 = toHex(nodeCrypto.sha256(bytes));
      hold(sent.parts.has(sha256), 'A part is handed out that the publisher did not sign.');
      hold(sha256 === part.sha256, 'The SHA-256 of the part is another one.');
      app.parts.add(part.sha256);
    });
  });
  receiver.on('unsigned', ({ content }) => {
    hold(options.isSmall === true, 'Content is handed out that nobody signed.');
    take(content, () => {});
  });

  await receiver.restore();
  // an earlier life has counted what is found in the store
  rejected.clear();
  let pushed = 0;
  for (const { kind, bytes } of steps) {
    if (kind === STEP.taken) await receiver.taken();
    else if (kind === STEP.idle) await receiver.idle();
    else {
      pushed++;
      const destination = kind === STEP.elsewhere ? '239.1.2.4:4001' : '239.1.2.3:4001';
      if (receiver.push(bytes, { destination }) === 'full') await receiver.taken();
    }
    if (problems.length > 0) throw problems[0];
  }
  await receiver.idle();
  await Promise.all(reading);
  await receiver.idle();
  checkCounters(receiver.counters, rejected, pushed);
  checkRoom(receiver.objects().length, options, world);
  for (const {
    edition: { sequence, name },
  } of receiver.editions())
    hold(
      sequence === app.editions.get(name)?.edition.sequence,
      `The newest edition of ${name} was not told.`,
    );
  if (options.isPersistent) await world.store!.sync();
  await receiver.close();
  if (problems.length > 0) throw problems[0];
}

function checkCounters(
  counters: Readonly<Record<string, number>>,
  rejected: ReadonlyMap<string, number>,
  pushed: number,
): void {
  for (const [name, value] of Object.entries(counters)) {
    hold(Number.isSafeInteger(value) && value >= 0, `${name} is ${value}.`);
    if (rejected.has(name))
      hold(value === rejected.get(name), `${name} is ${value}, told ${rejected.get(name)} times.`);
  }
  const {
    datagrams = 0,
    'too-many': full = 0,
    empty = 0,
    malformed = 0,
    unsigned = 0,
    failed = 0,
  } = counters;
  hold(failed === 0, `${failed} datagrams are counted as failed.`);
  hold(datagrams <= pushed && datagrams + full >= pushed, `Of ${pushed} datagrams ${datagrams} are counted.`);
  hold(empty + malformed + unsigned <= datagrams, 'More datagrams are refused than have come.');
}

function checkRoom(objects: number, { isSmall }: Variant, { store }: World): void {
  if (!isSmall) return;
  hold(objects <= SMALL.maxObjects, `There are ${objects} objects.`);
  const most = SMALL.maxStoredBytes + 3 * SMALL.maxWaitingBytes;
  if (store !== undefined) hold(store.usage().bytes <= most, `The store has ${store.usage().bytes} bytes.`);
}

interface World {
  readonly schemes: FecSchemes;
  readonly publisher: PublicKey;
  readonly sent: Broadcast;
  readonly store: DirectoryStore | undefined;
}

/** Whoever can only add datagrams never costs the receiver the content. */
function checkCompleteness(lives: readonly (readonly Step[])[], sent: Broadcast, app: Application): void {
  if (lives.flat().some(({ kind }) => kind === STEP.stolen)) return;
  const pushed = lives.map(
    (steps) => new Set(steps.filter(({ kind }) => kind === STEP.push).map(({ bytes }) => toHex(bytes))),
  );
  if (!sent.newest.objects.every((datagrams) => hasCome(datagrams, pushed))) return;
  const sequence = app.editions.get('news')?.edition.sequence;
  hold(
    sequence === sent.newest.sequence,
    `All of the newest edition has come, and edition ${sequence} is there.`,
  );
  for (const sha256 of sent.newest.parts)
    hold(app.parts.has(sha256), `The part ${sha256} has come and is not there.`);
}

/** True when all of an object has come, its table not before a restart and all symbols after it: nothing is stored of an object without symbols. */
function hasCome([table, ...symbols]: readonly string[], pushed: readonly ReadonlySet<string>[]): boolean {
  const first = pushed.findIndex((life) => symbols.some((symbol) => life.has(symbol)));
  return (
    symbols.every((symbol) => pushed.some((life) => life.has(symbol))) &&
    pushed.some((life, i) => i >= first && life.has(table!))
  );
}

function engineTarget(options: Variant): FuzzTarget {
  const { name, holds, isPersistent = false, isSmall = false } = options;
  return {
    name,
    holds,
    async open(scratch) {
      const { schemes, publisher, sent, sequences, attacker } = await broadcast();
      let runs = 0;
      const seeds = sequences.map(writePieces);
      return {
        seeds,
        isSlow: true,
        sequence: {
          of: 'datagrams',
          length: (input) => readSteps(input).filter(({ bytes }) => bytes.length > 0).length,
        },
        mutate: (input, prng, other) => mutateSteps(input, prng, other, attacker, isPersistent),
        async run(input) {
          const steps = readSteps(input);
          const app: Application = { editions: new Map(), parts: new Set(), seen: undefined };
          const directory = join(scratch, `${runs++}`);
          const lives = isPersistent ? split(steps) : [steps];
          for (const life of lives) {
            const maxBytes = 2 ** 24;
            const store = isPersistent ? await openDirectoryStore(directory, { maxBytes }) : undefined;
            await live(life, options, { schemes, publisher, sent, store }, app);
            await store?.close();
          }
          rmSync(directory, { recursive: true, force: true });
          if (!isSmall) checkCompleteness(lives, sent, app);
          return app.parts.size > 0;
        },
      };
    },
  };
}

/** The lives between restarts. */
function split(steps: readonly Step[]): Step[][] {
  const lives: Step[][] = [[]];
  for (const step of steps) {
    if (step.kind !== STEP.restart) lives.at(-1)!.push(step);
    else if (lives.length < 4) lives.push([]);
  }
  return lives;
}

const HOLDS =
  'Nothing is thrown; nothing is handed out that the publisher did not sign; what all has come is handed out, whatever else comes; counters add up';

export const targets: readonly FuzzTarget[] = [
  { name: 'engine-lazy', verify: 'lazy' as const, holds: `${HOLDS}.` },
  { name: 'engine-eager', verify: 'eager' as const, holds: `${HOLDS}; each signature is checked at once.` },
  {
    name: 'engine-restart',
    verify: 'lazy' as const,
    isPersistent: true,
    holds: `${HOLDS}; with a store on disk, and restarts, which may cost the tables of objects without symbols.`,
  },
  {
    name: 'engine-small',
    verify: 'lazy' as const,
    isPersistent: true,
    isSmall: true,
    holds:
      'Nothing is thrown, nothing is handed out as signed that is not, and the limits hold where there is little room.',
  },
].map(engineTarget);
