/** What applications in plain JavaScript may get wrong: each is a TypeError whose message says what is needed. */

import { distinctKeys, MinisignError, type PublicKey, parsePublicKey } from '../../codecs/minisign/index.js';

/** What is wrong with a value, to be put after its name; undefined: nothing. */
export type Check = (value: unknown) => string | undefined;

/**
 * Checks a set of options: that each is known, and is what its check asks for. Those that are undefined count as not given.
 *
 * @throws TypeError
 */
export function checkOptions(what: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  if (!isObject(given)) throw new TypeError(`${what} takes an object with options, not ${describe(given)}.`);
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw new TypeError(unknownName(what, 'option', name, Object.keys(checks)));
    const wrong = value === undefined ? undefined : check(value);
    if (wrong !== undefined) throw new TypeError(`${what}: ${name} ${wrong}`);
  }
}

/** The options without those that are undefined, which count as not given. */
export function givenOptions<T extends object>(options: T | undefined): Partial<T> {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}

/** The sentence about a name that does not exist. */
export function unknownName(what: string, kind: string, name: unknown, known: readonly string[]): string {
  return `${what} has no ${kind} ${describe(name)}; there is ${known.join(', ')}.`;
}

export const isBoolean: Check = (value) => needs(typeof value === 'boolean', 'true or false', value);

export const isText: Check = (value) => needs(typeof value === 'string', 'a text', value);

export const isFunction: Check = (value) => needs(typeof value === 'function', 'a function', value);

/** Infinity is one. */
export const isPositive: Check = (value) =>
  needs(typeof value === 'number' && value > 0, 'a number above 0', value);

/** 0 and Infinity are one. */
export const isDuration: Check = (value) =>
  needs(typeof value === 'number' && value >= 0, 'a number of milliseconds', value);

export const isOneOf =
  (...values: string[]): Check =>
  (value) =>
    needs(values.includes(value as string), values.map((each) => `"${each}"`).join(' or '), value);

/** An object that has these methods. */
export const hasMethods =
  (what: string, ...methods: string[]): Check =>
  (value) =>
    needs(isObject(value) && methods.every((name) => typeof value[name] === 'function'), what, value);

/** @throws TypeError when it is no Uint8Array; a Buffer is one, and so is one of another frame or realm */
export function requireBytes(what: string, value: unknown): void {
  if (value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]') return;
  throw new TypeError(`${what} takes a datagram as a Uint8Array, not ${describe(value)}.`);
}

/** Public keys of publishers: lines or files as minisign writes them, or keys that were parsed. */
export type Trust = string | PublicKey | readonly (string | PublicKey)[];

/** @throws TypeError when one is no public key, or two have one key id */
export function parseTrust(trust: Trust): PublicKey[] {
  if (!Array.isArray(trust)) return [parseKey('trust', trust)];
  const keys = trust.map((key, i) => parseKey(`trust[${i}]`, key));
  try {
    return distinctKeys(keys);
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new TypeError(`trust: ${error.message}`);
  }
}

function parseKey(name: string, key: unknown): PublicKey {
  if (isPublicKey(key)) return key;
  if (typeof key !== 'string') {
    throw new TypeError(
      `${name} needs a publisher's public key: the line that begins with RW, or the text of the file; not ${describe(key)}.`,
    );
  }
  try {
    return parsePublicKey(key);
  } catch (error) {
    if (!(error instanceof MinisignError)) throw error;
    throw new TypeError(`${name} is no publisher's public key: ${error.message}`);
  }
}

function isPublicKey(key: unknown): key is PublicKey {
  return isObject(key) && isBytes(key.keyId, 8) && isBytes(key.publicKey, 32);
}

const isBytes = (value: unknown, length: number) => value instanceof Uint8Array && value.length === length;

function needs(isSo: boolean, what: string, value: unknown): string | undefined {
  return isSo ? undefined : `needs ${what}, not ${describe(value)}.`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a sentence names it. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value.length <= 40 ? JSON.stringify(value) : 'a text';
  if (value === null || ['undefined', 'number', 'boolean', 'bigint'].includes(typeof value))
    return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `an object (${value.constructor?.name ?? 'without a class'})`;
}
