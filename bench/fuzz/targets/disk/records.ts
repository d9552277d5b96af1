/** Records that an earlier run has left: a disk may damage them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { utf8Encode } from '../../../../codecs/bytes.js';
import { CliError } from '../../../../codecs/node/command.js';
import { formatRecords, recordLine } from '../../../../codecs/node/record-file.js';
import { openState as openSenderState } from '../../../../encoder/send/state/state.js';
import { openRollBackMemory } from '../../../../receiver/state/roll-back-memory.js';
import { attemptAsync, type FuzzTarget, hold, passesAsync } from '../../target.js';
import { emptied } from './emptied.js';

/** Checks of all lines of a record file. */
export function mendRecords(input: Uint8Array): Uint8Array {
  const lines = Buffer.from(input).toString().split('\n');
  const texts = lines.filter((line) => line !== '').map((line) => line.slice(line.indexOf(' ') + 1));
  return utf8Encode(texts.map(recordLine).join(''));
}

export const JSON_WORDS = [
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
export const PUBLISHER = '07'.repeat(32);
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

export const targets: readonly FuzzTarget[] = [receiverState, senderState];
