import type { Crypto } from '../crypto/index.js';
import { CliError } from './command.js';

/**
 * Aborted by SIGINT and SIGTERM, so that a command removes what it has begun before it ends.
 *
 * @param message sentence for the user
 */
export function interruptedBySignals(message: string): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interruption.abort(new CliError(message)));
  }
  return interruption.signal;
}

/**
 * scrypt takes seconds and cannot be stopped: an interruption meanwhile ends the process as if it had not been caught.
 * Nothing is begun while a key is derived.
 */
export function withMortalScrypt(crypto: Crypto, interrupted: AbortSignal): Crypto {
  const end = () => {
    process.stderr.write(`${(interrupted.reason as Error).message}\n`);
    process.removeAllListeners('SIGINT');
    process.kill(process.pid, 'SIGINT');
  };
  return {
    ...crypto,
    async scrypt(...parameters) {
      interrupted.throwIfAborted();
      interrupted.addEventListener('abort', end);
      try {
        return await crypto.scrypt(...parameters);
      } finally {
        interrupted.removeEventListener('abort', end);
      }
    },
  };
}
