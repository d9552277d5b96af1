import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../codecs/node/command.js';
import { openState } from './state.js';
import { lockState } from './state-lock.js';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-state-'));
});
afterEach(() => rmSync(work, { recursive: true }));

const RECORD = {
  sequence: 5,
  turn: 0,
  fingerprint: 'f',
  sha256: '00',
  length: 1,
  archiveLength: 2,
  signature: 's',
};

describe('state', () => {
  it('is there again after it was written, with names of any kind', async () => {
    const state = await openState(join(work, 'deep', 'er'), 'uplink.json');
    expect(state.names()).toEqual([]);
    await state.set('__proto__', RECORD);
    await state.set('소식', { ...RECORD, sequence: 9 });
    await state.reserve('소식', 1234);
    expect(await state.nextInstance()).toBe(0);
    const again = await openState(join(work, 'deep', 'er'), 'uplink.json');
    expect(again.names().sort()).toEqual(['__proto__', '소식']);
    expect(again.get('__proto__')).toEqual(RECORD);
    expect(again.get('소식')).toEqual({ ...RECORD, sequence: 9, turn: 1234 });
    expect(await again.nextInstance()).toBe(1);
  });

  it('puts changes made at the same time in one file', async () => {
    const state = await openState(work, 'uplink.json');
    await state.set('a', RECORD);
    await Promise.all(Array.from({ length: 50 }, (_, i) => state.reserve('a', i)));
    expect(JSON.parse(readFileSync(join(work, 'uplink.json'), 'utf8')).bundles[0][1].turn).toBe(49);
  });

  it('refuses a sequence number that goes back', async () => {
    const state = await openState(work, 'uplink.json');
    await state.set('a', RECORD);
    expect(() => state.set('a', { ...RECORD, sequence: 4 })).toThrow(RangeError);
  });

  it('is not overwritten when it is damaged', async () => {
    writeFileSync(join(work, 'uplink.json'), '{"version":1,"inst');
    await expect(openState(work, 'uplink.json')).rejects.toThrow(CliError);
    expect(statSync(join(work, 'uplink.json')).size).toBe(18);
  });

  it('belongs to a version', async () => {
    writeFileSync(join(work, 'uplink.json'), '{"version":2,"bundles":{}}');
    await expect(openState(work, 'uplink.json')).rejects.toThrow(/has version 2, .*run that one/);
  });

  it('knows the sequence numbers that other uplinks of the directory have sent', async () => {
    await (await openState(work, 'uplink.json')).set('a', { ...RECORD, sequence: 7 });
    await (await openState(work, 'uplink-2-of-3.json')).set('a', { ...RECORD, sequence: 9 });
    writeFileSync(join(work, 'other.json'), '');
    const state = await openState(work, 'uplink-1-of-2.json');
    expect([state.sequenceElsewhere('a'), state.sequenceElsewhere('b')]).toEqual([9, 0]);
    expect((await openState(work, 'uplink-2-of-3.json')).sequenceElsewhere('a')).toBe(7);
  });

  it('is used by one process at a time', async () => {
    const path = join(work, 'uplink.lock');
    writeFileSync(path, `${process.ppid}\n`);
    await expect(lockState(path)).rejects.toThrow(`process ${process.ppid}`);
    writeFileSync(path, '999999999\n');
    const unlock = await lockState(path);
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    await unlock();
    expect(() => statSync(path)).toThrow();
  });
});
