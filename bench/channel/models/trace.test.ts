import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLossModel,
  createPrng,
  meanLoss,
  parseTrace,
  readTrace,
  replayTrace,
  TraceError,
} from '../index.js';
import { sampleTrace } from './sample-trace.js';

const SAMPLE = fileURLToPath(new URL('sample-trace.txt', import.meta.url));
const datagram = { length: 1472 };

/** The first datagrams of a trace as 0 and 1, replayed with one seed. */
function replay(text: string, count: number, seed: number): string {
  const isLost = replayTrace(createPrng(seed), parseTrace(text, 'test'));
  return Array.from({ length: count }, () => (isLost(datagram) ? '1' : '0')).join('');
}

describe('loss traces', () => {
  it('are read in both forms, with comments and blanks', () => {
    const text = '# measured\n\n0001 10 # three, one\r\nreceived 5\nlost 2\n  lost 1\n';
    expect(parseTrace(text, 'test')).toEqual({ runs: [3, 2, 6, 3], datagrams: 14, lost: 5 });
    expect(parseTrace('1110', 'test')).toEqual({ runs: [0, 3, 1], datagrams: 4, lost: 3 });
    expect(parseTrace('lost 0\nreceived 3', 'test')).toEqual({ runs: [3], datagrams: 3, lost: 0 });
  });

  it('are replayed as they are, from anywhere and round and round', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[01]{1,60}$/), fc.nat(), (text, seed) => {
        const played = replay(text, 3 * text.length, seed);
        const once = played.slice(0, text.length);
        expect(played).toBe(once.repeat(3));
        expect(text.repeat(2)).toContain(once);
      }),
    );
  });

  it('say the same in both forms', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20)), { minLength: 1 }), (runs) => {
        const lines = runs.map(([lost, count]) => `${lost ? 'lost' : 'received'} ${count}`).join('\n');
        const digits = runs.map(([lost, count]) => (lost ? '1' : '0').repeat(count)).join('');
        fc.pre(digits !== '');
        expect(parseTrace(lines, 'test')).toEqual(parseTrace(digits, 'test'));
      }),
    );
  });

  it('start everywhere alike', () => {
    const text = '1000000000';
    const trials = 5000;
    let lost = 0;
    for (let seed = 0; seed < trials; seed++) if (replay(text, 1, seed) === '1') lost++;
    expect(Math.abs(lost / trials - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / trials));
  });

  it.each([
    ['0101\n0121', /^test, line 2: "0121" is no part/],
    ['received', /^test, line 1: /],
    ['lost -1', /^test, line 1: /],
    ['lost 1.5', /^test, line 1: /],
    ['received 9007199254740991\nreceived 1', /^test, line 2: the trace has more than/],
    ['', /^test holds no datagrams/],
    ['# nothing\nlost 0', /^test holds no datagrams/],
  ])('that are none are refused with file and line: %j', (text, message) => {
    expect(() => parseTrace(text, 'test')).toThrow(TraceError);
    expect(() => parseTrace(text, 'test')).toThrow(message);
  });

  it('are refused or read, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '1', ' ', '\n', '#', 'lost ', 'received ', 'x', '9') }),
        (text) => {
          try {
            const { runs, datagrams, lost } = parseTrace(text, 'test');
            expect(runs.reduce((sum, run) => sum + run, 0)).toBe(datagrams);
            expect(runs.slice(1).every((run) => run > 0)).toBe(true);
            expect(runs.filter((_, index) => index % 2 === 1).reduce((sum, run) => sum + run, 0)).toBe(lost);
          } catch (error) {
            expect(error).toBeInstanceOf(TraceError);
          }
        },
      ),
    );
  });

  it('come from files', () => {
    const directory = mkdtempSync(join(tmpdir(), 'datacast-trace-'));
    try {
      const path = join(directory, 'trace.txt');
      writeFileSync(path, '0 0 0 1');
      expect(meanLoss({ model: 'trace', path })).toBe(0.25);
      const isLost = createLossModel({ model: 'trace', path }, createPrng(1));
      expect(Array.from({ length: 8 }, () => isLost(datagram)).filter(Boolean)).toHaveLength(2);
      writeFileSync(path, 'weather');
      expect(() => readTrace(path)).toThrow(`${path}, line 1`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('the sample trace', () => {
  it('is what its comment says', () => {
    expect(readFileSync(SAMPLE, 'utf8')).toBe(sampleTrace());
    const { datagrams, lost } = readTrace(SAMPLE);
    expect(datagrams).toBe(5000);
    // Gilbert loss of 5 % in bursts of 8: r = 1 - p - q is the correlation, (1 + r) / (1 - r) widens the variance.
    const r = 1 - 1 / 8 - (1 / 8) * (0.05 / 0.95);
    const deviation = Math.sqrt((0.0475 * ((1 + r) / (1 - r)) + 0.0099) / datagrams);
    expect(Math.abs(lost / datagrams - (1 - 0.95 * 0.99))).toBeLessThan(5 * deviation);
  });
});
