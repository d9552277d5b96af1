import { open } from 'node:fs/promises';
import { packBundle } from '../../../codecs/bundle/index.js';
import type { SecretKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createObject } from '../../content/pack-object.js';
import { walk } from '../../content/walk.js';

/** What is to be packed. */
export interface PackJob {
  /** Directory or file. */
  readonly path: string;
  /** File to write the transfer object to; it does not exist. */
  readonly out: string;
  /** Name of the bundle. */
  readonly name: string;
  readonly sequence: number;
  /** Level of zstd, 1..22. */
  readonly level: number;
  readonly publisher: SecretKey;
}

/** A transfer object in its file. */
export interface PackedObject {
  /** Bytes. */
  readonly length: number;
  /** Bytes of the tar archive in it. */
  readonly archiveLength: number;
  readonly sha256: Uint8Array;
  /** Text of the minisign signature file. */
  readonly signature: string;
}

/** Packs, compresses and signs a bundle, in this thread or another one. */
export type Pack = (job: PackJob, onProgress: (done: number, total: number) => void) => Promise<PackedObject>;

/**
 * Packs in this thread.
 *
 * @param interrupted the work fails with its reason
 * @throws EncodeError, BundleError or an error of the operating system
 */
export async function packHere(
  { path, out, name, sequence, level, publisher }: PackJob,
  onProgress: (done: number, total: number) => void,
  interrupted?: AbortSignal,
): Promise<PackedObject> {
  const content = await walk(path);
  const handle = await open(out, 'wx+', 0o600);
  try {
    const packed = await createObject(
      packBundle(content.entries, { crypto: nodeCrypto }),
      { descriptor: handle.fd, path: out },
      {
        crypto: nodeCrypto,
        publisher,
        sequence,
        name,
        level,
        contentBytes: content.bytes,
        threads: 0,
        interrupted,
        onArchived: (bytes) => onProgress(Math.min(bytes, content.bytes), content.bytes),
      },
    );
    await handle.sync();
    const { length, archiveLength, sha256, signature } = packed;
    return { length, archiveLength, sha256, signature };
  } finally {
    await handle.close();
  }
}
