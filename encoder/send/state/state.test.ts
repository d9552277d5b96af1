import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BundleRecord, openState } from './state.js';
import { lockState } from './state-lock.js';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-state-'));
});
afterEach(() => rmSync(work, { recursive: true }));

const DIGEST = 'ab'.repeat(32);

const recordOf = (sequence: number): BundleRecord => ({
  edition: {
    sequence,
    index: { sha256: 'cd'.repeat(32), length: 1, signature: 's' },
    parts: [{ key: 'k', sha256: DIGEST, length: 2 }],
  },
  packed: [],
});

describe('state', () => {
  it('is there again after it was written, with names of any kind', async () => {
    const state = await openState(join(work, 'deep', 'er'), 'uplink.json');
    expect(state.names()).toEqual([]);
    await state.set('__proto__', recordOf(5));
    await state.set('소식', recordOf(9));
    await state.reserve(new Map([[DIGEST, 1234]]));
    const again = await openState(join(work, 'deep', 'er'), 'uplink.json');
    expect(again.names().sort()).toEqual(['__proto__', '소식']);
    expect(again.get('__proto__')).toEqual(recordOf(5));
    expect(again.get('소식')).toEqual(recordOf(9));
    expect([again.turn(DIGEST), again.turn('00'.repeat(32))]).toEqual([1234, 0]);
  });

  it('knows how the last transport stream ended', async () => {
    const state = await openState(work, 'uplink.json');
    expect(state.endOfStream).toBe(undefined);
    const end = { messages: 77, continuity: { 0: 3, 257: 15 } };
    await state.setEndOfStream(end);
    await state.set('a', recordOf(5));
    expect((await openState(work, 'uplink.json')).endOfStream).toEqual(end);
  });

  it('puts changes made at the same time in one file', async () => {
    const state = await openState(work, 'uplink.json');
    await Promise.all(Array.from({ length: 50 }, (_, i) => state.reserve(new Map([[DIGEST, i]]))));
    expect((await openState(work, 'uplink.json')).turn(DIGEST)).toBe(49);
  });

  it('refuses a sequence number that goes back', async () => {
    const state = await openState(work, 'uplink.json');
    await state.set('a', recordOf(5));
    expect(() => state.set('a', recordOf(4))).toThrow(RangeError);
  });

  it('knows which objects bundles need, and forgets the oldest of the others', async () => {
    const state = await openState(work, 'uplink.json');
    await state.set('a', recordOf(5));
    expect([...state.needed((name) => name === 'a')].sort()).toEqual([DIGEST, 'cd'.repeat(32)]);
    expect(state.needed(() => false).size).toBe(0);
    const digest = (i: number) => i.toString(16).padStart(64, '0');
    const turns = new Map(Array.from({ length: 600 }, (_, i) => [digest(i), i + 1]));
    await state.reserve(new Map([[DIGEST, 7]]));
    await state.reserve(turns);
    await state.set('a', recordOf(6));
    expect([state.turn(DIGEST), state.turn(digest(0)), state.turn(digest(599))]).toEqual([7, 0, 600]);
  });

  it('stays small with a thousand parts', async () => {
    const state = await openState(work, 'uplink.json');
    const digest = (i: number) => i.toString(16).padStart(64, '0');
    const parts = Array.from({ length: 1000 }, (_, i) => ({
      key: digest(i).slice(32),
      sha256: digest(i),
      length: 1e6,
    }));
    await state.set('a', { ...recordOf(5), edition: { ...recordOf(5).edition!, parts } });
    await state.reserve(new Map(parts.map(({ sha256 }) => [sha256, 12_345])));
    expect(statSync(join(work, 'uplink.json')).size).toBeLessThan(330_000);
  });

  it('belongs to a version', async () => {
    const text = '{"version":2}';
    writeFileSync(join(work, 'uplink.json'), `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
    await expect(openState(work, 'uplink.json')).rejects.toThrow(/has version 2, .*run that one/);
  });

  it('loses no more than the record that is damaged, and no sequence number with one', async () => {
    const state = await openState(work, 'uplink.json');
    const names = ['a', 'b', '__proto__'];
    for (const name of names) await state.set(name, recordOf(7));
    await state.reserve(new Map(names.map((_, i) => [`${i}`.repeat(64), 5])));
    const path = join(work, 'uplink.json');
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const said: string[] = [];
      const again = await openState(work, 'uplink.json', (sentence) => said.push(sentence));
      const lost = names.filter((name) => again.get(name) === undefined);
      const turns = names.filter((_, i) => again.turn(`${i}`.repeat(64)) === 5);
      expect(lost.length + (names.length - turns.length), `byte ${at}`).toBeLessThanOrEqual(1);
      for (const name of names) expect(again.get(name) ?? recordOf(7)).toEqual(recordOf(7));
      for (const name of lost) expect(again.sequenceElsewhere(name)).toBe(7);
      if (lost.length > 0)
        expect(said).toEqual([expect.stringMatching(/A record in .*uplink\.json is damaged/)]);
    }
  });

  it('loses what a zeroed block held, and starts', async () => {
    await (await openState(work, 'uplink.json')).set('a', recordOf(7));
    const path = join(work, 'uplink.json');
    writeFileSync(path, new Uint8Array(statSync(path).size));
    const said: string[] = [];
    const again = await openState(work, 'uplink.json', (sentence) => said.push(sentence));
    expect([again.names(), said.length]).toEqual([[], 1]);
    await again.set('a', recordOf(8));
    expect((await openState(work, 'uplink.json')).get('a')).toEqual(recordOf(8));
  });

  it('knows the sequence numbers that other uplinks of the directory have sent', async () => {
    await (await openState(work, 'uplink.json')).set('a', recordOf(7));
    await (await openState(work, 'uplink-2-of-3.json')).set('a', recordOf(9));
    writeFileSync(join(work, 'other.json'), '');
    const state = await openState(work, 'uplink-1-of-2.json');
    expect([state.sequenceElsewhere('a'), state.sequenceElsewhere('b')]).toEqual([9, 0]);
    expect((await openState(work, 'uplink-2-of-3.json')).sequenceElsewhere('a')).toBe(7);
  });

  it('is used by one process at a time', async () => {
    const path = join(work, 'uplink.lock');
    const unlock = await lockState(path);
    await expect(lockState(path)).rejects.toThrow(`process ${process.pid}`);
    await unlock();
    expect(readdirSync(work)).toEqual([]);
  });
});
