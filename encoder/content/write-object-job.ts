import type { MaybePromise } from '../../codecs/maybe-promise.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { type OpenFile, writeLater } from '../../codecs/node/open-file.js';

export interface WriteObjectSetup {
  /** Where the transfer object goes, from its beginning. */
  readonly file: OpenFile;
}

/** The next piece of the object, or that it is complete. */
export type WriteObjectJob = Uint8Array | 'end';

export interface ObjectDigests {
  readonly sha256: Uint8Array;
  /** What the publisher signs (minisign, kind ED). */
  readonly blake2b512: Uint8Array;
}

/** Writes an object and makes its digests on the way; gives the memory of each piece back. */
export function prepareWriteObject({
  file,
}: WriteObjectSetup): (job: WriteObjectJob) => MaybePromise<Uint8Array | ObjectDigests> {
  const sha256 = nodeCrypto.createSha256();
  const blake2b512 = nodeCrypto.createBlake2b512();
  let length = 0;
  return (job) => {
    if (job === 'end') return { sha256: sha256.digest(), blake2b512: blake2b512.digest() };
    // The operating system writes while this thread hashes.
    const written = writeLater(file, job, length);
    length += job.length;
    sha256.update(job);
    blake2b512.update(job);
    return written.then(() => job);
  };
}
