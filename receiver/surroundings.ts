import type { Crypto } from '../codecs/crypto/index.js';
import type { CliIo } from '../codecs/node/command.js';

/** What the program takes from the world around it. */
export interface Surroundings {
  readonly io: CliIo;
  readonly crypto: Crypto;
  /** Aborted when the user gives up; the reason is the error to report. */
  readonly interrupted: AbortSignal;
}
