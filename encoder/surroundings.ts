import type { Crypto } from '../codecs/crypto/index.js';
import type { CliIo } from '../codecs/node/command.js';
import type { PasswordSource } from './keys/password.js';
import type { WordSource } from './keys/read-words.js';

/** What the commands take from the world around them. */
export interface Surroundings {
  readonly io: CliIo;
  readonly crypto: Crypto;
  readonly passwords: PasswordSource;
  /** Where the words of a key are typed. */
  readonly words: WordSource;
  /** Unix time in milliseconds. */
  now(): number;
  /** Aborted when the operator gives up; the reason is the error to report. */
  readonly interrupted: AbortSignal;
}
