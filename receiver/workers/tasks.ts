import type { ObjectParameters, SourceBlock } from '../../codecs/fec/index.js';
import type { DecodedFrame } from '../../codecs/zstd/index.js';
import type { Rebuilt } from '../engine/rebuild-block.js';
import type { KeysByTsi, SignedBatch } from '../engine/signed-batch.js';
import type { OpenFile } from '../temporary-file.js';

export interface RebuildTask {
  readonly parameters: ObjectParameters;
  readonly block: SourceBlock;
  readonly store: OpenFile;
  readonly references: Float64Array;
  readonly sink: OpenFile;
}

export interface VerifyTask {
  readonly batch: SignedBatch;
  readonly keys: KeysByTsi;
  readonly objectId: Uint8Array;
}

export type HashAlgorithm = 'sha256' | 'blake2b512';

/** The next bytes of an object, for a thread that hashed those before. */
export interface HashTask {
  readonly object: string;
  readonly algorithm: HashAlgorithm;
  readonly sink: OpenFile;
  readonly from: number;
  readonly to: number;
}

export interface DecompressTask {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly capacity: number;
}

/** What is done in other threads. Input and output are copied between them, or their memory goes there and back. */
export interface Tasks {
  /** A source block is read from the store and written to the sink. */
  rebuild: { input: RebuildTask; output: Rebuilt };
  verify: {
    input: VerifyTask;
    output: { readonly batch: SignedBatch; readonly genuine: readonly boolean[] };
  };
  hash: { input: HashTask; output: undefined };
  /** The digest of all that was hashed of an object, which is forgotten. */
  digest: { input: Pick<HashTask, 'object' | 'algorithm'>; output: Uint8Array };
  decompress: { input: DecompressTask; output: DecodedFrame };
}

export type TaskKind = keyof Tasks;
export type Input<K extends TaskKind> = Tasks[K]['input'];
export type Output<K extends TaskKind> = Tasks[K]['output'];

export interface Request<K extends TaskKind = TaskKind> {
  readonly kind: K;
  readonly input: Input<K>;
}

export type Reply = { readonly output: unknown } | { readonly error: ErrorMessage };

/** An error on its way between threads: a copied one would lose the fields that name the file. */
export interface ErrorMessage {
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function messageOf(error: unknown): ErrorMessage {
  const { message, stack, code, syscall, path } = error as NodeJS.ErrnoException;
  return {
    message: message ?? String(error),
    stack,
    fields: code === undefined ? {} : { code, syscall, path },
  };
}

export function errorFrom({ message, stack, fields }: ErrorMessage): Error {
  return Object.assign(new Error(message), fields, stack === undefined ? {} : { stack });
}
