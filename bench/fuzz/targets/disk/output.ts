/** Records in an output directory, several of which a disk may damage at once. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { equalBytes, utf8Encode } from '../../../../codecs/bytes.js';
import { EditionError } from '../../../../codecs/edition/index.js';
import { CliError } from '../../../../codecs/node/command.js';
import type { Prng } from '../../../../fixtures/prng.js';
import { type OutputDirectory, openOutputDirectory } from '../../../../receiver/files/output-directory.js';
import {
  known,
  piecesOf,
  readTree,
  type TestEdition,
  testEdition,
} from '../../../../receiver/files/testing.js';
import { mutateBytes } from '../../mutate.js';
import { type FuzzTarget, hold, passesAsync } from '../../target.js';
import { readPieces, writePieces } from '../pieces.js';
import { emptied } from './emptied.js';
import { JSON_WORDS, mendRecords, PUBLISHER } from './records.js';

const TREES = [
  [
    { 'index.html': 'front', 'a/one.txt': 'one' },
    { 'a/two.txt': 'two', 'gone/three.txt': 'three' },
  ],
  [
    { 'index.html': 'newer front', 'a/one.txt': 'one' },
    { 'a/two.txt': 'two again', 'b/four.txt': 'four' },
  ],
] as const;
/** Of another bundle, which gets no newer edition. */
const STANDING = { 'index.html': 'radio', 'c/five.txt': 'five' };
const OPTIONS = { whole: false, maxSize: 1e6 };
const WORDS = [
  ...JSON_WORDS,
  ...[
    '"index.html"',
    '"news"',
    '"radio"',
    '"../radio/index.html"',
    '"../beside/index.html"',
    '"../../around/beside/index.html"',
    '"../beside"',
  ].map(utf8Encode),
];

async function putAll(output: OutputDirectory, edition: TestEdition): Promise<void> {
  const bundle = { publisher: PUBLISHER, name: edition.index.name };
  await output.announce(known(PUBLISHER, edition.index));
  for (const { listed, object } of edition.parts) await output.put(bundle, listed.sha256, piecesOf([object]));
}

/** An input is a sequence of records, each with the place that it stands in. */
const output: FuzzTarget = {
  name: 'output',
  holds:
    'Damaged records in the output directory are refused with a sentence, or the next edition appears as it is; neither another bundle nor anything beside the directory is touched.',
  async open(scratch) {
    const [template, around] = [emptied(join(scratch, 'template')), join(scratch, 'around')];
    const [first, second] = [await testEdition(1, TREES[0]), await testEdition(2, TREES[1])];
    const made = await openOutputDirectory(template, OPTIONS);
    await putAll(made, first);
    await putAll(made, await testEdition(1, [STANDING], 'radio'));
    await made.close();
    const records = readdirSync(join(template, '.receiving'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json'))
      .sort()
      .map((name) => join('.receiving', name))
      .map((path) => ({ path, genuine: new Uint8Array(readFileSync(join(template, path))) }));
    const read = (input: Uint8Array) => readPieces(input, records.length);
    const all = records.map(({ genuine }, kind) => ({ kind, bytes: genuine }));

    /** The last one of each place is what stands there. */
    const damagedIn = (input: Uint8Array) =>
      [...new Map(read(input).map(({ kind, bytes }) => [kind, bytes]))].filter(
        ([kind, bytes]) => !equalBytes(bytes, records[kind]!.genuine),
      );

    function mutate(input: Uint8Array, prng: Prng, other: Uint8Array): Uint8Array {
      const [pieces, others] = [read(input), read(other)];
      if (prng.chance(0.2)) pieces.splice(prng.below(pieces.length + 1), 1);
      if (prng.chance(0.3)) pieces.push(...others.slice(prng.below(others.length + 1)));
      // mostly many, as a disk damages them, but some faults show only where the rest is sound
      const share = prng.chance(0.8) ? 0.8 : 0.2;
      return writePieces(
        pieces.map((piece) => {
          if (!prng.chance(share)) return piece;
          const kind = prng.chance(0.02) ? prng.below(records.length) : piece.kind;
          const donor = others[prng.below(others.length)]?.bytes ?? piece.bytes;
          return { kind, bytes: mutateBytes(piece.bytes, prng, donor, WORDS) };
        }),
      );
    }

    return {
      seeds: [writePieces(all)],
      mutate,
      mend: (input) =>
        writePieces(read(input).map(({ kind, bytes }) => ({ kind, bytes: mendRecords(bytes) }))),
      isSlow: true,
      sequence: { of: 'damaged records', length: (input) => damagedIn(input).length },
      async run(input) {
        const directory = join(emptied(around), 'out');
        mkdirSync(join(around, 'beside'));
        writeFileSync(join(around, 'beside', 'index.html'), 'beside');
        cpSync(template, directory, { recursive: true });
        const damaged = damagedIn(input);
        for (const [kind, bytes] of damaged) writeFileSync(join(directory, records[kind]!.path), bytes);
        const isOpened = await passesAsync(
          async () => {
            const output = await openOutputDirectory(directory, OPTIONS);
            try {
              await putAll(output, second);
              const state = output.state({ publisher: PUBLISHER, name: 'news' });
              if (state?.isComplete === true && state.sequence === 2) {
                const tree = readTree(join(directory, state.path));
                for (const [path, text] of Object.entries(second.tree))
                  hold(tree?.[path] === text, `${path} is not what was put.`);
              }
            } finally {
              await output.close();
            }
          },
          CliError,
          EditionError,
        );
        const isListed = damaged.every(
          ([kind]) => records[kind]!.path !== join('.receiving', 'editions.json'),
        );
        hold(
          !isListed || isDeepStrictEqual(readTree(join(directory, 'radio')), STANDING),
          'The directory of another bundle was changed.',
        );
        hold(
          isDeepStrictEqual(readTree(join(around, 'beside')), { 'index.html': 'beside' }),
          'Something beside the output directory was changed.',
        );
        hold(
          isDeepStrictEqual(readdirSync(around).sort(), ['beside', 'out']),
          'Something was made beside the output directory.',
        );
        hold(existsSync(directory), 'The output directory is gone.');
        return isOpened;
      },
    };
  },
};

export const targets: readonly FuzzTarget[] = [output];
