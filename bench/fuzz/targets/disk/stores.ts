/** Datagrams that an earlier run has left: a disk may damage them. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readUint, toHex, utf8Encode, writeUint } from '../../../../codecs/bytes.js';
import { type DirectoryStore, openDirectoryStore } from '../../../../receiver/stores/directory/directory.js';
import { RECORD_HEADER_BYTES, readRecord } from '../../../../receiver/stores/directory/record.js';
import { type FuzzTarget, hold } from '../../target.js';
import { emptied } from './emptied.js';

const PLENTY = { maxBytes: 2 ** 24 };
const DATAGRAM = utf8Encode('a datagram');

interface Stored {
  readonly object: string;
  readonly datagram: string;
  readonly group: number;
  readonly flow: string | undefined;
}

async function allIn(store: DirectoryStore): Promise<Stored[]> {
  const all: Stored[] = [];
  for await (const { object, datagram, group, flow, reference } of store.restore()) {
    const copy = toHex(datagram);
    let again = '';
    await store.read(object, [reference], (bytes) => {
      again = toHex(bytes);
    });
    hold(again === copy, 'A datagram that is read by its reference is another one.');
    all.push({ object, datagram: copy, group, flow });
  }
  return all;
}

/** The object that a journal names, where that can be read. */
function objectOf(journal: Uint8Array): string | undefined {
  const head = readRecord(journal, 0, 0);
  return head && new TextDecoder().decode(head.datagram);
}

/** Checks of all records that can be followed. */
function mendJournal(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  for (let at = 0; at + RECORD_HEADER_BYTES <= bytes.length; ) {
    const end = at + RECORD_HEADER_BYTES + readUint(bytes, at + 12, 2) + readUint(bytes, at + 14, 2);
    if (end > bytes.length) break;
    writeUint(bytes, at + 4, 4, crc32(bytes.subarray(at + 8, end)));
    at = end;
  }
  return bytes;
}

const store: FuzzTarget = {
  name: 'store',
  holds:
    'A store with damaged files opens, gives what is sound, and keeps what is appended, within its limit.',
  async open(scratch) {
    const path = join(scratch, 'store');
    const seedPath = emptied(join(scratch, 'seeds'));
    const made = await openDirectoryStore(seedPath, PLENTY);
    for (const object of ['part 1', 'waiting 1']) {
      for (let i = 0; i < 3; i++)
        made.append(object, new Uint8Array(30 * i).fill(i), i, i === 1 ? '239.1.2.3:4001' : undefined);
    }
    await made.close();
    const files = readdirSync(seedPath).map((name) => ({
      name,
      bytes: new Uint8Array(readFileSync(join(seedPath, name))),
    }));
    const other = files.find(({ bytes }) => objectOf(bytes) === 'waiting 1')!;
    return {
      seeds: files.map(({ bytes }) => bytes),
      isSlow: true,
      mend: mendJournal,
      async run(input) {
        emptied(path);
        writeFileSync(join(path, other.name), other.bytes);
        const object = objectOf(input) ?? '';
        const name = createHash('sha256').update(utf8Encode(object)).digest('hex');
        writeFileSync(join(path, `${name}.journal`), input);
        const first = await openDirectoryStore(path, PLENTY);
        const restored = await allIn(first);
        const isThere = object !== 'waiting 1';
        const ofOther = restored.filter((each) => each.object === 'waiting 1').length;
        hold(!isThere || ofOther === 3, 'A damaged file costs another one its datagrams.');
        for (const to of ['waiting 1', 'part 1']) {
          const reference = await first.append(to, DATAGRAM, 7, 'x:1');
          hold(reference !== undefined, 'A datagram is not taken though there is room.');
        }
        await first.close();

        const second = await openDirectoryStore(path, PLENTY);
        const again = await allIn(second);
        const appended = again.filter(({ group, flow }) => group === 7 && flow === 'x:1').length;
        hold(
          again.length === restored.length + 2 && appended >= 2,
          `Of ${restored.length} and 2 datagrams there are ${again.length}.`,
        );
        hold(second.usage().bytes >= 0, 'The store takes less than nothing.');
        await second.close();

        const maxBytes = 20 + (input.length % 200);
        const small = await openDirectoryStore(path, { maxBytes });
        hold(small.usage().bytes <= maxBytes, `The store takes ${small.usage().bytes} bytes of ${maxBytes}.`);
        await small.close();
        return restored.length > 3;
      },
    };
  },
};

export const targets: readonly FuzzTarget[] = [store];
