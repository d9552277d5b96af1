/** How much a receiver gets until everything is there, and what the rest is. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPrng } from '../../../fixtures/prng.js';
import type { Laboratory } from '../laboratory.js';
import { passSeconds } from '../laboratory.js';
import { atLeast, type Figure, median, type Scenario } from '../scenario.js';
import { createPublisher, createSite, type PackedEdition } from '../simulation/content.js';
import { type Joined, joinAtRandom } from '../simulation/joins.js';
import { sourceBytes } from '../simulation/virtual-sender.js';

const BYTES = 10e6;
const LOSSES = [0.05, 0.1, 0.2, 0.3, 0.5];
const SEEDS = 3;

/** Percent of the bytes of packets with symbols that came. */
interface Shares {
  readonly loss: number;
  /** As much as the symbols of the content take: the efficiency. */
  readonly content: number;
  /** More of the index, the front and text than they take: they come round more often. */
  readonly repeated: number;
  /** More of the rest than it takes: parts that were complete before the last one was. */
  readonly surplus: number;
}

export const efficiency: Scenario = {
  name: 'efficiency',
  title:
    'Packets that the content needs per packet received until everything is there, in bytes, 10 MB, independent loss, order mixed',
  method: 'counted',
  isQuick: false,
  async run(laboratory) {
    const parts: Shares[] = [];
    const object: Shares[] = [];
    for (let i = 0; i < SEEDS; i++) {
      const seed = laboratory.parameters.seed + i;
      laboratory.say(`10 MB in parts and as one object, seed ${seed}.`);
      const site = createSite(laboratory.path(`efficiency-${seed}`), BYTES, seed);
      const edition = await packed(laboratory, site);
      parts.push(...(await shares(laboratory, edition, seed)));
      const bytes = edition.edition.parts.reduce((sum, { length }) => sum + length, 0);
      object.push(
        ...(await shares(laboratory, await packed(laboratory, oneFile(laboratory, bytes, seed)), seed)),
      );
    }
    return LOSSES.flatMap((loss): Figure[] => {
      const at = (all: readonly Shares[]) => all.filter((each) => each.loss === loss);
      const values = at(parts).map(({ content }) => content);
      const name = `${100 * loss} % loss`;
      const percent = (what: string, all: readonly number[]) => ({ what, value: median(all), unit: '%' });
      return [
        { ...percent(`efficiency at ${name}, median of ${values.length}`, values), bar: atLeast(98) },
        { what: 'the worst', value: Math.min(...values), unit: '%' },
        { what: 'the best', value: Math.max(...values), unit: '%' },
        percent(
          'came again of index, front and text',
          at(parts).map(({ repeated }) => repeated),
        ),
        percent(
          'came of parts that were complete',
          at(parts).map(({ surplus }) => surplus),
        ),
        percent(
          `one object at ${name}`,
          at(object).map(({ content }) => content),
        ),
      ];
    });
  },
};

interface Packed {
  readonly edition: PackedEdition;
  readonly objects: string;
}

async function packed(
  { keys, parameters, path }: Laboratory,
  site: { readonly directory: string; readonly name: string },
): Promise<Packed> {
  const objects = path(`${site.name}-objects`);
  return { objects, edition: await createPublisher(keys, objects, parameters.level).pack(site, 1) };
}

/** A directory with one file that does not compress: it is sent as one part. */
function oneFile({ path }: Laboratory, bytes: number, seed: number) {
  const name = `efficiency-object-${seed}`;
  mkdirSync(path(name));
  writeFileSync(join(path(name), 'film.mp4'), createPrng(seed).bytes(bytes));
  return { directory: path(name), name };
}

async function shares(laboratory: Laboratory, { edition, objects }: Packed, seed: number): Promise<Shares[]> {
  const { keys, schemes, parameters } = laboratory;
  const { rate, joins } = parameters;
  const joined = await joinAtRandom({
    keys,
    schemes,
    rate,
    objects,
    edition,
    joins,
    order: 'mixed',
    losses: LOSSES,
    within: passSeconds(edition, rate),
    random: createPrng(seed).fork('joins'),
  });
  return sharesOf(joined, edition);
}

/** Of each receiver. */
function sharesOf({ receivers, codings }: Joined, edition: PackedEdition): Shares[] {
  const repeated = new Set([
    edition.index.sha256,
    ...edition.parts
      .filter((part) => part.class === 'front' || part.class === 'text')
      .map(({ sha256 }) => sha256),
  ]);
  return receivers.map(({ loss, received }) => {
    let all = 0;
    let content = 0;
    let again = 0;
    for (const [toi, symbols] of received) {
      const coding = codings.get(toi)!;
      const [came, needed] = [coding.packetBytes * symbols, sourceBytes(coding)];
      all += came;
      content += needed;
      if (repeated.has(coding.sha256)) again += came - needed;
    }
    const share = (bytes: number) => (100 * bytes) / all;
    return { loss, content: share(content), repeated: share(again), surplus: share(all - content - again) };
  });
}
