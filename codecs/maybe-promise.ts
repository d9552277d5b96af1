/** A value, or the promise of one: synchronous where the platform allows it, so that no datagram costs an await. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with `next` at once when the value is there already, otherwise when its promise is fulfilled. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
