/** What the scenarios share. */

import { join } from 'node:path';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createKeys, type Keys, loadKeys } from '../../encoder/keys/keys.js';
import type { Order } from '../../encoder/send/carousel/order.js';
import { createPrng, type Prng } from '../../fixtures/prng.js';
import {
  createPublisher,
  createSite,
  type PackedEdition,
  type Publisher,
  type Site,
} from './simulation/content.js';
import { type Joined, joinAtRandom } from './simulation/joins.js';

export interface Parameters {
  readonly seed: number;
  /** Bytes of the large content. */
  readonly bytes: number;
  /** Bits per second at which it is sent. */
  readonly rate: number;
  /** Receivers that join at random. */
  readonly joins: number;
  /** Losses at which they do. */
  readonly losses: readonly number[];
  /** Level of zstd where nothing depends on it. */
  readonly level: number;
}

export function parametersOf(seed: number, isQuick: boolean): Parameters {
  const common = { seed, rate: 512_000, losses: [0.05, 0.1, 0.2], level: 3 };
  return isQuick ? { ...common, bytes: 6e6, joins: 3 } : { ...common, bytes: 95e6, joins: 16 };
}

/** The large content as an edition. */
export interface Packed {
  readonly site: Site;
  readonly publisher: Publisher;
  readonly edition: PackedEdition;
}

/** What several scenarios need is made once, when the first of them asks for it. */
export interface Laboratory {
  readonly parameters: Parameters;
  readonly schemes: FecSchemes;
  readonly keys: Keys;
  /** The key files. */
  readonly keyDirectory: string;
  /** A path for files of a scenario; nothing is there. */
  path(name: string): string;
  random(label: string): Prng;
  say(sentence: string): void;
  large(): Promise<Packed>;
  /** Receivers of the large content, at all losses. */
  joins(order: Order): Promise<Joined>;
}

/** @param directory for temporary files */
export async function createLaboratory(
  directory: string,
  parameters: Parameters,
  say: (sentence: string) => void,
): Promise<Laboratory> {
  const keyDirectory = join(directory, 'keys');
  const now = Date.UTC(2026, 5, 1);
  await createKeys(keyDirectory, nodeCrypto, { now });
  const noPassword = () => Promise.reject(new Error('The key has no password.'));
  const keys = await loadKeys(keyDirectory, nodeCrypto, noPassword, now);
  const schemes = await loadFecSchemes();
  const prng = createPrng(parameters.seed);
  const { bytes, seed, level, rate, losses, joins } = parameters;

  const large = once(async (): Promise<Packed> => {
    say(`Making ${bytes / 1e6} MB of content and packing it at level ${level}.`);
    const site = createSite(join(directory, 'large'), bytes, seed);
    const publisher = createPublisher(keys, join(directory, 'large-objects'), level);
    return { site, publisher, edition: await publisher.pack(site, 1) };
  });
  const joined = (order: Order) =>
    once(async () => {
      const { publisher, edition } = await large();
      say(
        `Sending it in order ${order} at ${rate / 1000} kbit/s to ${joins * losses.length} receivers, counted.`,
      );
      return joinAtRandom({
        keys,
        schemes,
        rate,
        edition,
        order,
        losses,
        joins,
        objects: publisher.objects,
        within: passSeconds(edition, rate),
        random: prng.fork('joins'),
      });
    });
  const byOrder = { mixed: joined('mixed'), sequence: joined('sequence') };
  return {
    parameters,
    schemes,
    keys,
    keyDirectory,
    path: (name) => join(directory, name),
    random: prng.fork,
    say,
    large,
    joins: (order) => byOrder[order](),
  };
}

/** Seconds of the bytes of its parts, about a pass. */
export function passSeconds({ parts }: PackedEdition, rate: number): number {
  return (8 * parts.reduce((sum, { length }) => sum + length, 0)) / rate;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
