import type { MaybePromise } from './crypto.js';

/** Goes on with `next` at once when the value is there already, otherwise when its promise is fulfilled. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
