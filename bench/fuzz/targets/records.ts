/** Records that an earlier run has left: a disk may damage them. */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { utf8Encode } from '../../../codecs/bytes.js';
import { EditionError } from '../../../codecs/edition/index.js';
import { CliError } from '../../../codecs/node/command.js';
import { formatRecords, recordLine } from '../../../codecs/node/record-file.js';
import { openState as openSenderState } from '../../../encoder/send/state/state.js';
import { type OutputDirectory, openOutputDirectory } from '../../../receiver/files/output-directory.js';
import { known, piecesOf, readTree, type TestEdition, testEdition } from '../../../receiver/files/testing.js';
import { openRollBackMemory } from '../../../receiver/state/roll-back-memory.js';
import { attemptAsync, type FuzzTarget, hold, passesAsync } from '../target.js';
import { emptied } from './emptied.js';

/** Checks of all lines of a record file. */
function mendRecords(input: Uint8Array): Uint8Array {
  const lines = Buffer.from(input).toString().split('\n');
  const texts = lines.filter((line) => line !== '').map((line) => line.slice(line.indexOf(' ') + 1));
  return utf8Encode(texts.map(recordLine).join(''));
}

const JSON_WORDS = [
  '"version":1',
  '"version": 2',
  'null',
  '[]',
  '{}',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '-1',
  '1e999',
  '9007199254740993',
  '"__proto__"',
  '"../x"',
  '"/etc/passwd"',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"a/../../b"',
  '"."',
  '".."',
  '"a/b"',
].map(utf8Encode);

/** A public key, as records name a publisher. */
const PUBLISHER = '07'.repeat(32);
const SEEN = formatRecords([
  { publisher: PUBLISHER, tsi: 1, generation: 3 },
  { publisher: PUBLISHER, name: 'news', sequence: 5 },
  { publisher: PUBLISHER, keyId: '07'.repeat(8) },
]);

const receiverState: FuzzTarget = {
  name: 'receiver-state',
  holds:
    'What a receiver has seen is read, or refused with a sentence; what is saved is there the next time.',
  open(scratch) {
    const path = join(scratch, 'state');
    return {
      seeds: [utf8Encode(SEEN)],
      words: JSON_WORDS,
      mend: mendRecords,
      isSlow: true,
      async run(input) {
        writeFileSync(join(emptied(path), 'seen.json'), input);
        const memory = await attemptAsync(() => openRollBackMemory(path, [], () => {}), CliError);
        if (memory === undefined) return false;
        const { generations, sequences } = memory.seen;
        for (const { generation } of generations)
          hold(Number.isSafeInteger(generation), 'A generation is no number.');
        const sequence = { publisher: PUBLISHER, name: 'b', sequence: 1 };
        const next = { generations, sequences: [...sequences, sequence] };
        memory.save(next);
        await memory.settled();
        const again = await openRollBackMemory(path, [], () => {});
        hold(isDeepStrictEqual(again.seen.sequences, next.sequences), 'What was saved is not what is there.');
        return true;
      },
    };
  },
};

const DIGEST = 'ab'.repeat(32);
const PART = { key: 'x', sha256: DIGEST, length: 7 };
const EDITION = { sequence: 3, index: { sha256: DIGEST, length: 9, signature: 'text' }, parts: [PART] };
const uplinkOf = (bundle: string) =>
  formatRecords([
    { bundle, edition: EDITION, packed: [PART] },
    { sequenceOf: bundle, sequence: 3 },
    { object: DIGEST, turn: 4 },
  ]);

const senderState: FuzzTarget = {
  name: 'sender-state',
  holds:
    'The state of an uplink is read, or refused with a sentence; no sequence number and no turn goes back.',
  open(scratch) {
    const path = join(scratch, 'state');
    return {
      seeds: [utf8Encode(uplinkOf('news')), utf8Encode(formatRecords([{ bundle: '__proto__', packed: [] }]))],
      words: JSON_WORDS,
      mend: mendRecords,
      isSlow: true,
      async run(input) {
        writeFileSync(join(emptied(path), 'uplink.json'), input);
        writeFileSync(join(path, 'uplink-1-of-2.json'), uplinkOf('news'));
        const state = await attemptAsync(() => openSenderState(path, 'uplink.json'), CliError);
        if (state === undefined) {
          hold(
            !(await passesAsync(() => openSenderState(path, 'uplink-1-of-2.json'), CliError)),
            'A state of another shard that a later version has written is passed over.',
          );
          return false;
        }
        hold(state.sequenceElsewhere('news') >= 3, 'The sequence number of another shard is lost.');
        for (const name of state.names()) {
          const record = state.get(name)!;
          const sequence = (record.edition?.sequence ?? 0) + 1;
          if (record.edition === undefined || !Number.isSafeInteger(sequence)) continue;
          await state.set(name, { ...record, edition: { ...record.edition, sequence } });
          const again = await openSenderState(path, 'uplink.json');
          hold(
            again.get(name)?.edition?.sequence === sequence,
            `The sequence number of ${name} is not kept.`,
          );
        }
        await state.reserve(new Map([[DIGEST, state.turn(DIGEST) + 1]]));
        const again = await openSenderState(path, 'uplink.json');
        hold(again.turn(DIGEST) === state.turn(DIGEST), 'A turn is not kept.');
        return true;
      },
    };
  },
};

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

async function putAll(output: OutputDirectory, edition: TestEdition): Promise<void> {
  const bundle = { publisher: PUBLISHER, name: 'news' };
  await output.announce(known(PUBLISHER, edition.index));
  for (const { listed, object } of edition.parts) await output.put(bundle, listed.sha256, piecesOf([object]));
}

/** The first byte of an input says which of the records the rest stands in place of. */
const output: FuzzTarget = {
  name: 'output',
  holds:
    'Damaged records in the output directory are refused with a sentence, or the next edition appears as it is; nothing beside the directory is touched.',
  async open(scratch) {
    const options = { whole: false, maxSize: 1e6 };
    const [template, around] = [emptied(join(scratch, 'template')), join(scratch, 'around')];
    const [first, second] = [await testEdition(1, TREES[0]), await testEdition(2, TREES[1])];
    const made = await openOutputDirectory(template, options);
    await putAll(made, first);
    await made.close();
    const records = (
      readdirSync(join(template, '.receiving'), { recursive: true, encoding: 'utf8' }) as string[]
    )
      .filter((path) => path.endsWith('.json'))
      .sort();
    const recordAt = (place: number) => join('.receiving', records[place % records.length]!);
    return {
      seeds: records.map((_, place) =>
        Uint8Array.of(place, ...readFileSync(join(template, recordAt(place)))),
      ),
      words: [
        ...JSON_WORDS,
        '"index.html"',
        '"../beside/index.html"',
        '"../../around/beside/index.html"',
        '"../beside"',
      ].map((word) => (typeof word === 'string' ? utf8Encode(word) : word)),
      mend: (input) => Uint8Array.of(input[0] ?? 0, ...mendRecords(input.subarray(1))),
      isSlow: true,
      async run(input) {
        const directory = join(emptied(around), 'out');
        mkdirSync(join(around, 'beside'));
        writeFileSync(join(around, 'beside', 'index.html'), 'beside');
        cpSync(template, directory, { recursive: true });
        writeFileSync(join(directory, recordAt(input[0] ?? 0)), input.subarray(1));
        const isOpened = await passesAsync(
          async () => {
            const output = await openOutputDirectory(directory, options);
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

export const targets: readonly FuzzTarget[] = [receiverState, senderState, output];
