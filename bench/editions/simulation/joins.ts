/** Receivers that join a sender at random. */

import { authExtensionLength } from '../../../codecs/auth/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import type { Order } from '../../../encoder/send/carousel/order.js';
import { CHANNEL_DEFAULTS } from '../../../encoder/send/channel/channel.js';
import type { Prng } from '../../../fixtures/prng.js';
import type { PackedEdition } from './content.js';
import { type CountingReceiver, createCountingReceiver, createDatagramCounter } from './counting-receiver.js';
import { type Coding, createVirtualSender, PACKET_OVERHEAD, sourceBytes } from './virtual-sender.js';

export interface JoinOptions {
  readonly keys: Keys;
  readonly schemes: FecSchemes;
  readonly rate: number;
  readonly objects: string;
  readonly edition: PackedEdition;
  readonly order: Order;
  /** At each of them so many receivers join, at the same times. */
  readonly losses: readonly number[];
  readonly joins: number;
  /** Seconds within which they join. */
  readonly within: number;
  readonly random: Prng;
  /** Edits, so many seconds after one another. */
  readonly edits?: { readonly every: number; next(): Promise<PackedEdition> };
}

/** Bytes of IP packets. */
export interface AirBytes {
  all: number;
  tables: number;
  index: number;
  /** The front, in passes and repetitions. */
  front: number;
  /** Headers of IP, UDP and LCT of the datagrams of all parts. */
  headers: number;
  /** Their authentication. */
  authentication: number;
}

export interface Joined {
  readonly receivers: readonly CountingReceiver[];
  /** How the objects were coded, by TOI. */
  readonly codings: ReadonlyMap<number, Coding>;
  readonly air: Readonly<AirBytes>;
  /** Seconds in which the source symbols of the parts are sent once. */
  readonly content: number;
  /** Seconds at which editions went on the air after the first. */
  readonly edited: readonly number[];
}

/** So many turns of each block are over: nothing is new. */
const EARLIER_TURNS = 20_000;
/** Whoever is not complete after so many times the content is given up. */
const PATIENCE = 12;

/** The sender has sent the edition for a long time, and goes on until all receivers are complete. */
export async function joinAtRandom(options: JoinOptions): Promise<Joined> {
  const { edition, losses, joins, within, random, edits, keys, schemes, rate, objects, order } = options;
  const initial = new Set([edition.index.sha256, ...edition.parts.map(({ sha256 }) => sha256)]);
  const turnOf = (sha256: string) => (initial.has(sha256) ? EARLIER_TURNS : 0);
  const sender = createVirtualSender({ keys, schemes, rate, objects, order, isReal: false, turnOf });
  const editions = new Map<string, PackedEdition>();
  const put = (each: PackedEdition) => {
    editions.set(each.index.sha256, each);
    sender.put(each);
  };
  put(edition);
  const times = Array.from({ length: joins }, () => within * random.uniform());
  const receivers = losses.flatMap((loss) =>
    times.map((joined, i) =>
      createCountingReceiver({
        loss,
        joined,
        random: random.fork(`${loss} ${i}`),
        codings: sender.codings,
        editions,
      }),
    ),
  );
  const content = contentSeconds(edition, sender.codings, rate);
  const air: AirBytes = { all: 0, tables: 0, index: 0, front: 0, headers: 0, authentication: 0 };
  const fronts = new Set(edition.parts.flatMap((part) => (part.class === 'front' ? [part.sha256] : [])));
  const authentication = authExtensionLength(CHANNEL_DEFAULTS.authDepth);
  const edited: number[] = [];
  const read = createDatagramCounter(schemes);
  let active = receivers;
  for await (const { time, datagram } of sender.datagrams()) {
    if (edits !== undefined && time >= edits.every * (edited.length + 1)) {
      put(await edits.next());
      edited.push(time);
    }
    const brought = read(datagram);
    const bytes = datagram.length + PACKET_OVERHEAD;
    air.all += bytes;
    if (brought.kind === 'table') air.tables += bytes;
    else {
      const { sha256 } = sender.codings.get(brought.toi)!;
      if (editions.has(sha256)) air.index += bytes;
      else {
        if (fronts.has(sha256)) air.front += bytes;
        air.authentication += authentication;
        air.headers += bytes - brought.bytes - authentication;
      }
    }
    let hasEnded = false;
    for (const receiver of active) {
      receiver.take(brought, time);
      hasEnded ||= receiver.completeAt !== undefined;
    }
    if (hasEnded) active = active.filter(({ completeAt }) => completeAt === undefined);
    if (active.length === 0 || time > within + PATIENCE * content) break;
  }
  await sender.close();
  return { receivers, codings: sender.codings, air, content, edited };
}

/** Seconds in which an ideal sender without tables and repetitions sends each source symbol once. */
function contentSeconds(
  { parts }: PackedEdition,
  codings: ReturnType<typeof createVirtualSender>['codings'],
  rate: number,
): number {
  const wanted = new Set(parts.map(({ sha256 }) => sha256));
  let bytes = 0;
  for (const coding of codings.values()) if (wanted.has(coding.sha256)) bytes += sourceBytes(coding);
  return (8 * bytes) / rate;
}

/** Seconds that receivers took; those that never came to it count as endless. */
export function durations(
  receivers: readonly CountingReceiver[],
  loss: number,
  end: 'frontAt' | 'completeAt',
): number[] {
  return receivers
    .filter((each) => each.loss === loss)
    .map((each) => (each[end] ?? Number.POSITIVE_INFINITY) - each.joined);
}
