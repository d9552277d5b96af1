import { ReceiveError } from '../error.js';

/** Keeps a second page from using the store, where the browser has locks. @returns gives the lock back */
export async function lockStore(name: string): Promise<() => void> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return () => {};
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null) => {
      if (lock !== null) return new Promise<void>((release) => resolve(release));
      reject(new ReceiveError('Another page uses the store: close it, or give this one a store of its own.'));
      return undefined;
    };
    locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}
