import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EncodeError } from './error.js';
import { lastSequence, rememberSequence } from './keys/sequence-record.js';
import { nextSequence } from './send/content/sequence.js';
import { runProgram } from './testing-program.js';

const DAY = 86_400;
const NOW = Date.UTC(2026, 5, 1) / 1000;

let work: string;
const at = (name: string) => join(work, name);

/** Runs a command at a time in Unix seconds. */
const run = (now: number, ...argv: string[]) => runProgram(argv, { now: 1000 * now });

/** Encodes, and gives the sequence number or the sentence that says why not. */
async function encode(now: number, ...more: string[]): Promise<number | string> {
  const places = [at('news'), '--keys', at('keys'), '--out', at('news.pcap'), '--jobs', '1', '--level', '1'];
  const { code, stdout, stderr } = await run(now, 'encode', ...places, '--json', ...more);
  return code === 0 ? (JSON.parse(stdout).sequence as number) : stderr;
}

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-sequence-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  mkdirSync(at('news'));
  writeFileSync(at('news/index.html'), 'news');
  await run(NOW, 'keygen', '--out', at('keys'), '--no-password');
});

describe('the sequence number of encode', () => {
  it('is the time, and higher than the last one', async () => {
    expect(await encode(NOW)).toBe(NOW);
    expect(await encode(NOW)).toBe(NOW + 1);
    expect(await encode(NOW + 60)).toBe(NOW + 60);
    // a clock that was set back a little
    expect(await encode(NOW + 10)).toBe(NOW + 61);
    expect(readdirSync(at('keys'))).toContain('sequences.json');
    // that of a failed one is not remembered
    expect(await encode(NOW + 3600, '--out', at('none/news.pcap'))).toMatch(/none is no directory/);
    expect(await encode(NOW + 70)).toBe(NOW + 70);
  });

  it('is remembered by each of several that sign at once', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `bundle-${i}`);
    const told = await Promise.all(names.map((name, i) => rememberSequence(at('keys'), name, NOW + i)));
    expect(told).toEqual(names.map(() => undefined));
    expect(await Promise.all(names.map((name) => lastSequence(at('keys'), name)))).toEqual(
      names.map((_, i) => NOW + i),
    );
    expect(readdirSync(at('keys')).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('is not taken from a clock that is ahead, unless it is told', async () => {
    expect(await encode(NOW)).toBe(NOW);
    const later = NOW + 365 * DAY;
    const sentence = await encode(later);
    expect(sentence).toMatch(
      /^The last edition of news has sequence number 1780272000, .* 2026-06-01 00:00 UTC, /,
    );
    expect(sentence).toContain('says 2027-06-01 00:00 UTC. Look whether it is right.');
    expect(sentence).toContain(`give --sequence ${later}.`);
    expect(existsSync(at('news.pcap'))).toBe(true);
    // receivers that have the last one would refuse a lower one
    const lower = await encode(NOW, '--sequence', String(NOW - 1));
    expect(lower).toMatch(/^Sequence number .*23:59 UTC\) is lower than .*, which news was signed with: /m);
    expect(await encode(NOW, '--sequence', String(NOW))).toBe(NOW);
    // ordinary pauses are
    expect(await encode(NOW + 30 * DAY)).toBe(NOW + 30 * DAY);
    expect(await encode(NOW + 30 * DAY, '--sequence', String(later))).toBe(later);
    expect(await encode(later + 1)).toBe(later + 1);
  });

  it('does not run ahead of the clock, unless it is told', async () => {
    expect(await encode(NOW, '--sequence', String(NOW + 2 * DAY))).toBe(NOW + 2 * DAY);
    const sentence = await encode(NOW + 60);
    expect(sentence).toMatch(/would get sequence number 1780444801, which stands for 2026-06-03 00:00 UTC/);
    expect(sentence).toContain('the clock of this machine says 2026-06-01 00:01 UTC. Set the clock right.');
    expect(await encode(NOW + 60, '--sequence', '1780444801')).toBe(1_780_444_801);
    expect(await encode(NOW + 2 * DAY)).toBe(1_780_444_802);
    // nothing is advised that is then refused
    expect(await encode(NOW + 2 * DAY, '--sequence', '4294967295')).toBe(4_294_967_295);
    expect(await encode(NOW + 2 * DAY)).toMatch(
      /has sequence number 4294967295, the highest there is: .* under another name\.$/m,
    );
  });

  it('needs a clock that was set', async () => {
    for (const clock of [0, Date.UTC(2020, 0) / 1000]) {
      expect(await encode(clock)).toMatch(
        /valid from 2026-06-01 00:00 UTC on, but the clock says .* Set the clock right/,
      );
      const { code, stderr } = await run(clock, 'keygen', '--out', at('old'), '--no-password');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/it was never set\. Set it/)]);
    }
    expect(existsSync(at('old'))).toBe(false);
  });

  it('is of each bundle, whatever its name', async () => {
    expect(await encode(NOW, '--sequence', '9')).toBe(9);
    mkdirSync(at('__proto__'));
    writeFileSync(at('__proto__/index.html'), 'news');
    const places = ['--keys', at('keys'), '--out', at('other.pcap'), '--jobs', '1', '--json'];
    const { stdout } = await run(NOW, 'encode', at('__proto__'), ...places);
    expect(JSON.parse(stdout)).toMatchObject({ name: '__proto__', sequence: NOW });
    expect(await lastSequence(at('keys'), 'news')).toBe(9);
    expect(await lastSequence(at('keys'), '__proto__')).toBe(NOW);
  });

  it('is said when it cannot be remembered, or what is remembered cannot be read', async () => {
    writeFileSync(at('keys/sequences.json'), '{"version":');
    expect(await encode(NOW)).toMatch(/sequences\.json is damaged: restore it, or remove it when the clock/);
    rmSync(at('keys/sequences.json'));
    mkdirSync(at('keys/sequences.json'));
    expect(await encode(NOW, '--sequence', '7')).toMatch(/sequences\.json/);
    // as on a medium that is read only
    expect(await rememberSequence(at('keys'), 'news', 7)).toMatch(
      /^Sequence number 7 cannot be remembered in .*keys: .*Note it/,
    );
  });
});

describe('the sequence number of sign', () => {
  /** Signs, and gives the sequence number or the sentence that says why not. */
  async function sign(out: string, ...more: string[]): Promise<number | string> {
    const places = [at('news'), '--publisher', at('keys'), '--out', at(out), '--jobs', '1', '--level', '1'];
    const { code, stdout, stderr } = await run(NOW, 'sign', ...places, '--json', ...more);
    return code === 0 ? (JSON.parse(stdout).sequence as number) : stderr;
  }

  it('is never lower than one that was signed', async () => {
    expect(await sign('one')).toBe(NOW);
    const sentence = await sign('two', '--sequence', String(NOW - 1));
    expect(sentence).toMatch(
      /^Sequence number 1780271999 \(2026-05-31 23:59 UTC\) is lower than 1780272000 \(.*\), which news was signed with: /m,
    );
    expect(existsSync(at('two'))).toBe(false);
    // a lost copy may be made again
    expect(await sign('again', '--sequence', String(NOW))).toBe(NOW);
    expect(await sign('three', '--sequence', String(NOW + 5))).toBe(NOW + 5);
    expect(await sign('four', '--sequence', String(NOW + 4), '--since', at('one'))).toMatch(
      /is lower than 1780272005/,
    );
  });
});

describe('the sequence number of send', () => {
  const next = (last: number, now: number, options: { sequence?: number; newest?: number } = {}) => {
    const { sequence, newest } = options;
    const shard = { index: 0, count: newest === undefined ? 1 : 2 };
    const edition = { sequence: last, index: { sha256: '', length: 0, signature: '' }, parts: [] };
    const state = {
      get: () => (last === 0 ? undefined : { edition, packed: [] }),
      sequenceElsewhere: () => 0,
    };
    const content = { newest: 1000 * (newest ?? 0) } as Parameters<typeof nextSequence>[1];
    return nextSequence('news', content, { state, shard, sequence, now: () => 1000 * now });
  };

  it('is the time, and higher than the last one', () => {
    expect(next(0, NOW)).toBe(NOW);
    expect(next(NOW - 300 * DAY, NOW)).toBe(NOW);
    expect(next(NOW + 60, NOW)).toBe(NOW + 61);
  });

  it('is not taken from a clock that is years ahead or behind, or of content of the future, unless it is told', () => {
    expect(() => next(NOW - 400 * DAY, NOW)).toThrow(EncodeError);
    expect(() => next(NOW, NOW - 2 * DAY)).toThrow(/Set the clock right/);
    expect(() => next(0, 0)).toThrow(/The clock of this machine says 1970-01-01 00:00 UTC: it was never set/);
    expect(() => next(0, NOW, { newest: NOW + 2 * DAY })).toThrow(/stands for 2026-06-03/);
    expect(next(NOW - 400 * DAY, NOW, { sequence: NOW })).toBe(NOW);
    expect(next(NOW, NOW - 2 * DAY, { sequence: NOW + 1 })).toBe(NOW + 1);
  });
});
