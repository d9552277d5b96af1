import { equalBytes, toHex } from '../../../codecs/bytes.js';
import { publisherId, type SecretKey } from '../../../codecs/minisign/index.js';
import { signingKeyId } from '../../../receiver/engine/editions/takes-place.js';
import type { Receiver, ReceiverOptions } from '../../../receiver/engine/interface.js';
import type { KnownEdition, ObjectContent, PartId } from '../../../receiver/engine/ports/events.js';
import type { Seen } from '../../../receiver/engine/ports/seen.js';
import { createMemorySink } from '../../../receiver/engine/ports/sink.js';
import { createReceiver } from '../../../receiver/engine/receiver.js';
import { nextKeyOf } from '../world/keys.js';
import type { Programme, World } from '../world/world.js';
import type { Peaks } from './judgement.js';
import { LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import { createCampaignStore } from './store.js';

/** Makes the receiver: a test gives one that is spoiled. */
export type MakeReceiver = (options: ReceiverOptions) => Receiver;

/** A receiver under attack, with the application that uses it: it goes through restarts. */
export interface Subject {
  /** Pushes datagrams; fulfilled when they have had their effect. */
  take(datagrams: readonly Uint8Array[]): Promise<void>;
  /** Ends the receiver, and has another one go on with its store and what the application knows. */
  restart(how: 'close' | 'kill'): Promise<void>;
  /** The application has all parts of all editions of the programme, for their publisher. */
  has(programme: Programme): boolean;
  readonly peaks: Peaks;
  /** What no receiver may do, each a sentence. */
  readonly wrongs: readonly string[];
  close(): Promise<void>;
}

/** Datagrams pushed before they are waited for: their bytes are within the limit of the queue. */
const AT_ONCE = 32;

const partKey = ({ publisher, sha256 }: PartId) => `${publisher} ${sha256}`;

/** An index has named the next key before the other one was stolen. */
function commitmentHeard(first: SecretKey, next: SecretKey): Seen {
  const history = { publisher: publisherId(first), statements: [], nextKey: nextKeyOf(next) };
  return { generations: [], sequences: [], successions: [history] };
}

export async function openSubject(
  world: World,
  plan: Pick<Plan, 'verify' | 'limits' | 'store' | 'uplink'>,
  makeReceiver: MakeReceiver = createReceiver,
): Promise<Subject> {
  const limits = LIMITS[plan.limits];
  const { ours, next, other } = world.publishers;
  const peaks: Peaks = { storedBytes: 0, waitingBytes: 0, objects: 0, editions: 0 };
  const wrongs = new Set<string>();
  // what the application keeps on its disk
  const editions = new Map<string, KnownEdition>();
  const held = new Set<string>();
  let seen: Seen | undefined = plan.uplink === 'next' ? commitmentHeard(ours, next) : undefined;

  let place = await createCampaignStore(plan.store, limits.maxStoredBytes);
  let receiver: Receiver;
  let openSinks = 0;
  let handedOut: Promise<void>[] = [];

  async function keep(part: PartId, content: ObjectContent): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of content.read()) pieces.push(piece.slice());
    const genuine = world.library.objects.get(part.sha256);
    if (genuine === undefined || !equalBytes(Buffer.concat(pieces), genuine)) {
      wrongs.add(`The part ${part.sha256} was handed out, which is not what a publisher signed.`);
    }
    held.add(partKey(part));
    await content.release();
  }

  function onEdition({ edition, index }: KnownEdition): void {
    const { publisher, name, sequence, sha256 } = edition;
    const bundle = `${publisher} ${name}`;
    const before = editions.get(bundle)?.edition;
    // one that was forgotten for lack of room may come once more
    const isOther = before !== undefined && sha256 !== before.sha256;
    if (isOther && !followsOn(edition, before))
      wrongs.add(`Edition ${sequence} of ${name} was handed out after ${before.sequence}.`);
    if (!world.library.objects.has(sha256)) wrongs.add(`Nobody published the edition ${sha256} of ${name}.`);
    editions.set(bundle, { edition, index });
  }

  /** The next key follows the first, and with the same key numbers rise. */
  function followsOn(edition: KnownEdition['edition'], before: KnownEdition['edition']): boolean {
    const key = signingKeyId(edition.signature);
    if (key === signingKeyId(before.signature)) return edition.sequence > before.sequence;
    return key === toHex(next.keyId);
  }

  async function open(): Promise<void> {
    openSinks = 0;
    receiver = makeReceiver({
      crypto: world.crypto,
      fecSchemes: world.schemes,
      trust: [ours, other],
      verify: plan.verify,
      limits,
      store: place.store,
      seen,
      editions: [...editions.values()],
      isHeld: (part) => held.has(partKey(part)),
      checkDelay: Number.POSITIVE_INFINITY,
      createSink() {
        openSinks++;
        const sink = createMemorySink();
        let isOpen = true;
        return {
          ...sink,
          discard() {
            if (isOpen) openSinks--;
            isOpen = false;
            return sink.discard();
          },
        };
      },
    });
    receiver.on('seen', (record) => {
      seen = record;
    });
    receiver.on('edition', onEdition);
    receiver.on('part', ({ object, part, content }) => {
      const id = { publisher: object.session.publisher!, sha256: part.sha256 };
      handedOut.push(keep(id, content));
    });
    receiver.on('failed', ({ error }) => wrongs.add(`The receiver has failed: ${(error as Error).stack}`));
    receiver.on('listenerFailed', ({ type, error }) =>
      wrongs.add(`A listener of ${type} has failed: ${error}`),
    );
    await unlessFailed(() => receiver.restore());
    await settle();
  }

  /** What the receiver throws when it has failed was told already, and the application goes on with another one. */
  async function unlessFailed(work: () => Promise<unknown>): Promise<void> {
    const before = wrongs.size;
    await work().catch((error) => {
      if (wrongs.size === before) wrongs.add(`The receiver has thrown: ${(error as Error).stack}`);
    });
  }

  async function settle(): Promise<void> {
    await unlessFailed(() => receiver.idle());
    const now = handedOut;
    handedOut = [];
    await Promise.all(now);
    peaks.storedBytes = Math.max(peaks.storedBytes, place.store.usage().bytes);
    peaks.waitingBytes = Math.max(peaks.waitingBytes, place.waitingBytes());
    peaks.objects = Math.max(peaks.objects, receiver.objects().length);
    peaks.editions = Math.max(peaks.editions, receiver.editions().length);
  }

  async function closeReceiver(): Promise<void> {
    await unlessFailed(receiver.close);
    if (openSinks > 0) wrongs.add(`${openSinks} sinks were not given back when the receiver was closed.`);
  }

  await open();
  return {
    peaks,
    get wrongs() {
      return [...wrongs];
    },
    async take(datagrams) {
      for (let first = 0; first < datagrams.length; first += AT_ONCE) {
        for (const datagram of datagrams.slice(first, first + AT_ONCE)) {
          const result = receiver.push(datagram, { destination: '239.255.0.1:4001' });
          if (result !== 'taken') wrongs.add(`A datagram was not taken: ${result}.`);
        }
        await unlessFailed(receiver.taken);
      }
      await settle();
    },
    async restart(how) {
      // a process that is killed has no time to tidy its store
      const next = how === 'kill' ? await place.reopen() : undefined;
      await closeReceiver();
      place = next ?? (await place.reopen());
      await open();
    },
    has: ({ editions: wanted }) =>
      wanted.every(({ name, index, listed }) => {
        const known = [...editions.values()].find(({ edition }) => edition.sha256 === index.sha256);
        if (known === undefined || known.edition.name !== name) return false;
        const { publisher } = known.edition;
        return listed.every(({ sha256 }) => held.has(partKey({ publisher, sha256 })));
      }),
    async close() {
      await closeReceiver();
      await place.remove();
    },
  };
}
