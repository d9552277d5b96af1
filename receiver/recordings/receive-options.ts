import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import type { WriteOptions } from '../files/write-content.js';
import type { Progress } from '../progress.js';

export interface ReceiveOptions extends WriteOptions {
  readonly schemes: FecSchemes;
  readonly trust: readonly PublicKey[];
  readonly verify: 'lazy' | 'eager';
  readonly allowUnsigned: boolean;
  /** An edition is written when all of it is there, or not at all. */
  readonly whole: boolean;
  /** Must not exist, be an empty directory, or hold what an earlier run or a listener has written, which is updated. */
  readonly out: string;
  readonly progress: Progress;
  /** Threads to work with; with 1 everything is done in this one. */
  readonly jobs: number;
  /** Directory that keeps what is incomplete, and where earlier runs left theirs; undefined: nothing is kept. */
  readonly state?: string | undefined;
  /** Bytes that may be kept in it, as many as for two objects unless given. */
  readonly maxStore?: number | undefined;
  /** Told of what needs attention in it: a full disk, damaged records. */
  readonly onProblem: (message: string) => void;
}
