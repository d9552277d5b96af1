import { findExtension, HET, parseLct } from '../../../codecs/alc/index.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import type { Prng } from '../../../fixtures/prng.js';
import type { Layout } from '../world/live.js';
import type { Programme, World } from '../world/world.js';

/**
 * Who attacks: a stranger without any key; one with a stolen uplink key of our publisher, which is replaced; another
 * publisher whom the receiver trusts; one with the stolen key of our publisher, which is succeeded. All of them can do what a
 * stranger can.
 */
export const ATTACKERS = ['stranger', 'thief', 'publisher', 'publisher-thief'] as const;
export type Attacker = (typeof ATTACKERS)[number];

/** What an attacker can hear. */
export interface Hearing {
  readonly prng: Prng;
  /** Datagrams of the genuine session that were on the air so far, at least one, the latest at the end. */
  heard(): readonly Uint8Array[];
}

/** What an attacker of a campaign knows. */
export interface Scene extends Hearing {
  readonly world: World;
  /** The session that is to be received. */
  readonly genuine: { readonly keys: Keys; readonly programme: Programme; readonly layout: Layout };
}

/** The attacker's next datagram. */
export type Source = () => MaybePromise<Uint8Array>;

/** One thing that an attacker can do, who knows so much. */
export interface Means<Known extends Hearing = Scene> {
  readonly name: string;
  /** The least that he has to be. */
  readonly needs: Attacker;
  create(scene: Known): MaybePromise<Source>;
}

export function isTable(datagram: Uint8Array): boolean {
  return findExtension(parseLct(datagram), HET.FDT) !== undefined;
}

/** It has a statement of succession. */
export function isStatement(datagram: Uint8Array): boolean {
  return findExtension(parseLct(datagram), HET.SUCCESSION) !== undefined;
}

export function pick<T>(prng: Prng, values: readonly T[]): T {
  return values[prng.below(values.length)]!;
}

/** A recording, sent in some order, without end: as it is, backwards, mixed, or a few datagrams of it only. */
export function replay(prng: Prng, recording: readonly Uint8Array[]): Source {
  const first = prng.below(recording.length);
  const at = (index: number) =>
    recording[((index % recording.length) + recording.length) % recording.length]!;
  let sent = 0;
  const orders: Source[] = [
    () => at(first + sent++),
    () => at(first - sent++),
    () => pick(prng, recording),
    () => at(first + prng.below(FEW)),
  ];
  return pick(prng, orders);
}

const FEW = 12;

/** A genuine datagram that was heard: one of the latest, or any. */
export function hear({ prng, heard }: Hearing): Uint8Array {
  const datagrams = heard();
  const back = prng.below(prng.chance(0.5) ? Math.min(RECENT, datagrams.length) : datagrams.length);
  return datagrams[datagrams.length - 1 - back]!;
}

const RECENT = 20;

/** A genuine datagram of a kind, where one is found with reasonable effort. */
export function hearSome(scene: Hearing, fits: (datagram: Uint8Array) => boolean): Uint8Array {
  for (let tries = 0; tries < TRIES; tries++) {
    const datagram = hear(scene);
    if (fits(datagram)) return datagram;
  }
  return hear(scene);
}

const TRIES = 60;
