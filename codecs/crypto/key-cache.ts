import { copyBytes, equalBytes } from '../bytes.js';

/** A session signs with one key and a receiver trusts a handful. */
const CAPACITY = 16;

/**
 * Remembers what `make` made of the last 16 keys: importing a key costs as much as using it.
 * Keys are compared by content and copied, so callers may reuse their buffers.
 */
export function createKeyCache<T>(make: (key: Uint8Array) => T): (key: Uint8Array) => T {
  const recent: { key: Uint8Array; value: T }[] = [];
  return (key) => {
    const found = recent.findIndex((entry) => equalBytes(entry.key, key));
    if (found === 0) return recent[0]!.value;
    const entry = found > 0 ? recent.splice(found, 1)[0]! : { key: copyBytes(key), value: make(key) };
    recent.unshift(entry);
    if (recent.length > CAPACITY) recent.pop();
    return entry.value;
  };
}
