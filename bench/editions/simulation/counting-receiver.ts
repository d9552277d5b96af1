/** A receiver that counts symbols and decodes nothing. */

import { parseAlc } from '../../../codecs/alc/index.js';
import { parseFdt } from '../../../codecs/fdt/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { Prng } from '../../../fixtures/prng.js';
import type { PackedEdition } from './content.js';
import type { Coding } from './virtual-sender.js';

/** What a datagram brings, read once for all receivers. */
export type Brought =
  | { readonly kind: 'table'; readonly tois: readonly number[] }
  | { readonly kind: 'symbol'; readonly toi: number; readonly sbn: number; readonly bytes: number };

/** Reads datagrams of a sender whose tables have one symbol each. */
export function createDatagramCounter(schemes: FecSchemes): (datagram: Uint8Array) => Brought {
  const tables = new Map<number, readonly number[]>();
  return (datagram) => {
    const { lct, fdt, payloadId, payload } = parseAlc(datagram, schemes);
    if (lct.toi !== 0) {
      return { kind: 'symbol', toi: lct.toi!, sbn: payloadId!.sbn, bytes: payload.length };
    }
    const known = tables.get(fdt!.instanceId);
    const tois = known ?? parseFdt(payload).files.map(({ toi }) => toi);
    tables.set(fdt!.instanceId, tois);
    return { kind: 'table', tois };
  };
}

/** Something became readable. */
export interface Readable {
  /** Seconds. */
  readonly time: number;
  readonly sha256: string;
}

export interface CountingReceiver {
  readonly loss: number;
  /** Seconds. */
  readonly joined: number;
  /** Takes what is sent, or loses it. */
  take(brought: Brought, time: number): void;
  /** Seconds at which the front, and everything, was there; undefined: not yet. */
  readonly frontAt: number | undefined;
  readonly completeAt: number | undefined;
  /** Parts of the first edition of which the index is there, in the order in which they became readable. */
  readonly readable: readonly Readable[];
  /** Symbols that came until everything was there, by the TOI of their object. */
  readonly received: ReadonlyMap<number, number>;
}

export interface CountingReceiverOptions {
  readonly loss: number;
  readonly joined: number;
  readonly random: Prng;
  readonly codings: ReadonlyMap<number, Coding>;
  /** Those that were on the air so far, by the SHA-256 of the index. */
  readonly editions: ReadonlyMap<string, PackedEdition>;
}

interface Counted {
  /** Symbols that each block still needs. */
  readonly left: number[];
  open: number;
  isAnnounced: boolean;
}

/**
 * A block is rebuilt from K symbols, from one more in one case of a hundred and from two more in one of ten thousand: RFC 6330.
 * A part counts when its table is there, and is readable when the index is there too. The newest edition of which the index is
 * there counts. The bounds of the real receiver on what waits for its table are not kept: they are never reached here.
 */
export function createCountingReceiver(options: CountingReceiverOptions): CountingReceiver {
  const { loss, joined, random, codings, editions } = options;
  const counted = new Map<number, Counted>();
  const complete = new Set<string>();
  const readable: Readable[] = [];
  const received = new Map<number, number>();
  let newest: PackedEdition | undefined;
  let frontAt: number | undefined;
  let completeAt: number | undefined;

  function countedOf(toi: number): Counted {
    const known = counted.get(toi);
    if (known !== undefined) return known;
    const left = codings
      .get(toi)!
      .blocks.map((k) => k + Number(random.chance(0.01)) + Number(random.chance(1e-4)));
    const fresh = { left, open: left.length, isAnnounced: false };
    counted.set(toi, fresh);
    return fresh;
  }

  function onComplete(sha256: string, time: number): void {
    if (complete.has(sha256)) return;
    complete.add(sha256);
    const edition = editions.get(sha256);
    if (edition !== undefined && edition.sequence > (newest?.sequence ?? 0)) {
      if (newest === undefined) {
        for (const part of edition.parts)
          if (complete.has(part.sha256)) readable.push({ time, sha256: part.sha256 });
      }
      newest = edition;
    } else if (newest !== undefined) readable.push({ time, sha256 });
    if (newest === undefined) return;
    const isThere = (part: { readonly sha256: string }) => complete.has(part.sha256);
    if (newest.parts.filter((part) => part.class === 'front').every(isThere)) frontAt ??= time;
    if (newest.parts.every(isThere)) completeAt ??= time;
  }

  return {
    loss,
    joined,
    readable,
    received,
    get frontAt() {
      return frontAt;
    },
    get completeAt() {
      return completeAt;
    },
    take(brought, time) {
      if (completeAt !== undefined || time < joined || random.chance(loss)) return;
      if (brought.kind === 'table') {
        for (const toi of brought.tois) {
          const object = countedOf(toi);
          object.isAnnounced = true;
          if (object.open === 0) onComplete(codings.get(toi)!.sha256, time);
        }
        return;
      }
      received.set(brought.toi, (received.get(brought.toi) ?? 0) + 1);
      const object = countedOf(brought.toi);
      if (--object.left[brought.sbn]! !== 0) return;
      if (--object.open === 0 && object.isAnnounced) onComplete(codings.get(brought.toi)!.sha256, time);
    },
  };
}
