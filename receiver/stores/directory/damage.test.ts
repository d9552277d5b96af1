import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { concatBytes } from '../../../codecs/bytes.js';
import { openDirectoryStore, type StoreProblem } from './directory.js';
import { type FoundRecord, readRecord, recordLength } from './record.js';

const SEED = Number(process.env.DATACAST_DAMAGE_SEED ?? 20_260_101);
const PLENTY = { maxBytes: 2 ** 40 };

let directory = '';
let names = 0;
const fresh = () => join(directory, `${names++}`);
beforeAll(() => {
  directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'datacast-damage-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What happens to one record. */
const damages = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant('zeros' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({ kind: fc.constant('garbage' as const), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1 }) }),
  fc.record({ kind: fc.constant('loss' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 5000 }) }),
);
type Damage = typeof damages extends fc.Arbitrary<infer T> ? T : never;

/** The file with damage that begins in a record and does not go beyond it. */
function damage(bytes: Uint8Array, start: number, end: number, what: Damage): Uint8Array {
  const at = start + (what.at % (end - start));
  const to = 'length' in what ? Math.min(end, at + what.length) : at;
  const [before, hit, after] = [bytes.slice(0, at), bytes.slice(at, to), bytes.slice(to)];
  switch (what.kind) {
    case 'flip':
      after[0]! ^= 1 << what.bit;
      return concatBytes(before, after);
    case 'zeros':
      return concatBytes(before, hit.fill(0), after);
    case 'garbage':
      return concatBytes(before, what.bytes, after);
    case 'loss':
      return concatBytes(before, after);
  }
}

it('loses no more than the record that is damaged, and says so', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 30 }),
    fc.nat(),
    damages,
    async (datagrams, which, what) => {
      const path = fresh();
      const store = await openDirectoryStore(path, PLENTY);
      for (const each of datagrams) store.append('object', each, 1);
      await store.close();
      const [name = ''] = readdirSync(path);
      const bytes = new Uint8Array(readFileSync(join(path, name)));
      const records = [...recordsIn(bytes)];
      const hit = records[which % records.length]!;
      const damaged = damage(bytes, hit.end - recordLength(hit), hit.end, what);
      rmSync(join(path, name));
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, name), damaged);

      const problems: StoreProblem[] = [];
      const again = await openDirectoryStore(path, { ...PLENTY, onProblem: (each) => problems.push(each) });
      const found: string[] = [];
      for await (const { datagram } of again.restore()) found.push(hex(datagram));
      const lost = datagrams.findIndex((_, i) => hit === records.filter(({ group }) => group === 1)[i]);
      const others = datagrams.filter((_, i) => i !== lost).map(hex);
      // garbage may come before a record, and zeros may be what stood there
      const isWhole = found.length === datagrams.length;
      expect(found).toEqual(isWhole ? datagrams.map(hex) : others);
      // of a record that is cut out nothing is left to be noticed
      const isNoticed = !isWhole && what.kind !== 'loss' && hit !== records.at(-1);
      if (isNoticed) expect(problems).toMatchObject([{ type: 'damaged' }]);
      // it takes more
      const reference = again.append('object', Uint8Array.of(7), 1) as number;
      again.read('object', [reference], (datagram) => expect([...datagram]).toEqual([7]));
      await again.close();
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 300 });
});

it('takes a file with nothing sound in it for none', async () => {
  const path = fresh();
  const store = await openDirectoryStore(path, PLENTY);
  store.append('object', new Uint8Array(1000), 1);
  await store.close();
  const [name = ''] = readdirSync(path);
  writeFileSync(join(path, name), new Uint8Array(300_000).fill(0xdc));
  const again = await openDirectoryStore(path, PLENTY);
  expect(again.usage()).toEqual({ bytes: 0, objects: 0 });
  await again.close();
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function* recordsIn(bytes: Uint8Array): Generator<FoundRecord> {
  for (let offset = 0; offset < bytes.length; ) {
    const record = readRecord(bytes, offset, 0)!;
    yield record;
    offset = record.end;
  }
}
