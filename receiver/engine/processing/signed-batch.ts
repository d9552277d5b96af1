import { type RootCache, verifyDatagram, verifyDatagrams } from '../../../codecs/auth/index.js';
import type { Crypto } from '../../../codecs/crypto/index.js';

/** Datagrams of one object, one after the other in one piece of memory, to be checked together. */
export interface SignedBatch {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where each datagram ends in `bytes`. */
  readonly ends: number[];
  /** Where its EXT_AUTH begins, from its own start. */
  readonly authOffsets: number[];
  readonly tsis: number[];
}

/** Datagrams in a batch: some 8 ms of work where each has a signature of its own. */
const MAX_DATAGRAMS = 64;
/** Room for the longest UDP datagram more than once. */
const MAX_BYTES = 1 << 17;

export function createSignedBatch(): SignedBatch {
  return { bytes: new Uint8Array(0), ends: [], authOffsets: [], tsis: [] };
}

/** Copies a datagram into the batch; false when there is no room for it. */
export function addToBatch(
  batch: SignedBatch,
  datagram: Uint8Array,
  authOffset: number,
  tsi: number,
): boolean {
  const start = batch.ends.at(-1) ?? 0;
  const end = start + datagram.length;
  if (batch.ends.length === MAX_DATAGRAMS || end > MAX_BYTES) return false;
  if (end > batch.bytes.length) batch.bytes = enlarged(batch.bytes, end);
  batch.bytes.set(datagram, start);
  batch.ends.push(end);
  batch.authOffsets.push(authOffset);
  batch.tsis.push(tsi);
  return true;
}

/** Objects are many, and most batches small: memory grows with what is in it. */
function enlarged(bytes: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(MAX_BYTES, Math.max(2 * bytes.length, least)));
  larger.set(bytes);
  return larger;
}

/** A datagram of a batch, as a view. */
export function batchMember(batch: SignedBatch, index: number): Uint8Array {
  return batch.bytes.subarray(index === 0 ? 0 : batch.ends[index - 1]!, batch.ends[index]!);
}

/** Uplink keys that may sign, by session. */
export type KeysByTsi = ReadonlyMap<number, readonly Uint8Array[]>;

/** True for each datagram of the batch that one of the keys of its session signed. */
export async function verifyBatch(
  crypto: Crypto,
  batch: SignedBatch,
  keys: KeysByTsi,
  objectId: Uint8Array,
  checkedRoots: RootCache,
): Promise<boolean[]> {
  const { ed25519VerifyBatch } = crypto;
  if (ed25519VerifyBatch !== undefined) {
    return verifyTogether(ed25519VerifyBatch, crypto, batch, keys, objectId, checkedRoots);
  }
  const genuine: boolean[] = [];
  for (const [i, tsi] of batch.tsis.entries()) {
    const datagram = batchMember(batch, i);
    genuine[i] = false;
    for (const key of keys.get(tsi) ?? []) {
      const rest = [datagram, batch.authOffsets[i]!, objectId, checkedRoots] as const;
      const good = verifyDatagram(crypto, key, tsi, ...rest);
      genuine[i] = typeof good === 'boolean' ? good : await good;
      if (genuine[i]) break;
    }
  }
  return genuine;
}

/** The same where signatures of one key are checked faster together. */
function verifyTogether(
  together: NonNullable<Crypto['ed25519VerifyBatch']>,
  crypto: Crypto,
  batch: SignedBatch,
  keys: KeysByTsi,
  objectId: Uint8Array,
  checkedRoots: RootCache,
): boolean[] {
  const genuine = batch.tsis.map(() => false);
  for (const [tsi, ofSession] of keys) {
    for (const key of ofSession) {
      const left = [...genuine.keys()].filter((i) => batch.tsis[i] === tsi && !genuine[i]);
      const datagrams = left.map((i) => ({
        datagram: batchMember(batch, i),
        authOffset: batch.authOffsets[i]!,
      }));
      const good = verifyDatagrams(together, crypto, key, tsi, datagrams, objectId, checkedRoots);
      for (const [place, i] of left.entries()) genuine[i] = good[place]!;
    }
  }
  return genuine;
}
