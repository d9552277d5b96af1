import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BarState, barLine, createProgressBar } from './progress-bar.js';
import { createStatusLines, type Terminal } from './status-lines.js';
import { createTimeLeft, formatTimeLeft } from './time-left.js';
import { firstThatFits, shorten, widthOf } from './width.js';

const KOREAN = '평양에서 온 소식과 날씨';

/** A terminal, and what stands on it. */
function emulate(columns: number, rows = 10) {
  const screen = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 1000,
    allowProposedApi: true,
    convertEol: true,
  });
  let written = '';
  const terminal: Terminal = { columns, rows, write: (text) => (written += text) };
  return {
    terminal,
    /** Lines from the first to the one with the cursor, wrapped ones joined. */
    async read(): Promise<string[]> {
      const text = written;
      written = '';
      await new Promise<void>((resolve) => screen.write(text, resolve));
      const { active } = screen.buffer;
      const lines: string[] = [];
      for (let y = 0; y <= active.baseY + active.cursorY; y++) {
        const line = active.getLine(y)!;
        const shown = line.translateToString(true);
        if (line.isWrapped) lines.push(`${lines.pop()}${shown}`);
        else lines.push(shown);
      }
      return lines;
    },
  };
}

describe.each([80, 40])('lines at the bottom of a terminal of %i columns', (columns) => {
  it('never cut those that are printed, and leave nothing behind', async () => {
    const { terminal, read } = emulate(columns);
    const status = createStatusLines(terminal);
    const printed: string[] = [];
    for (let i = 0; i < 30; i++) {
      const event = `${i} ${KOREAN.repeat(1 + (i % 7))} 끝`;
      status.show([
        `${KOREAN.repeat(i)} ${i} %`,
        `weather ${'█'.repeat(i)}`,
        ...(i % 3 === 0 ? ['third'] : []),
      ]);
      if (i % 4 === 3) status.show([]);
      status.print(event);
      printed.push(event);
      const now = await read();
      expect(now.slice(0, printed.length).map((line) => line.replaceAll(/\s/g, ''))).toEqual(
        printed.map((line) => line.replaceAll(/\s/g, '')),
      );
      expect(now.length - printed.length).toBe(i % 4 === 3 ? 1 : i % 3 === 0 ? 3 : 2);
    }
    status.end();
    expect((await read()).slice(printed.length)).toEqual(['']);
    terminal.write(`${'x'.repeat(columns + 5)}\n`);
    expect((await read()).at(-2)).toBe('x'.repeat(columns + 5));
  });

  it('are as many as there is room for', async () => {
    const { terminal, read } = emulate(columns, 5);
    const status = createStatusLines(terminal);
    for (let i = 0; i < 20; i++) {
      status.show(Array.from({ length: i }, (_, k) => `${k}`));
      status.print(`event ${i}`);
    }
    status.end();
    expect(await read()).toEqual([...Array.from({ length: 20 }, (_, i) => `event ${i}`), '']);
  });

  it('show a bar whose name gives way to its numbers', async () => {
    let now = 0;
    const { terminal, read } = emulate(columns);
    const bar = createProgressBar(terminal, () => now);
    bar.start(KOREAN.repeat(3), 1000);
    for (; now <= 10_000; now += 100) bar.update(now / 100);
    expect((await read()).at(-1)).toMatch(/^.+ 10 %, 1 min 30 s left$/);
    bar.print(KOREAN.repeat(5));
    expect((await read())[0]!.replaceAll(/\s/g, '')).toBe(KOREAN.repeat(5).replaceAll(/\s/g, ''));
    bar.end();
    expect((await read()).slice(1)).toEqual(['']);
  });
});

describe('a bar', () => {
  const text = () =>
    fc.string({ unit: 'grapheme', maxLength: 60 }).map((any) => any.replaceAll(/\p{C}/gu, ''));
  const states: fc.Arbitrary<BarState> = fc.record({
    stage: fc.oneof(text(), fc.constant(KOREAN)),
    done: fc.double({ min: 0, max: 2e9, noNaN: true }),
    total: fc.integer({ min: 0, max: 1e9 }),
    unit: fc.option(fc.constant('bytes'), { nil: undefined }),
    left: fc.option(fc.nat(1e7), { nil: undefined }),
    note: text(),
  });

  it('fits any terminal, and always says the share where it is known', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 5, max: 200 }), (state, columns) => {
        const line = barLine(state, columns);
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
        if (state.total > 0) expect(line).toMatch(/(^|\D)(\d|\d\d|100) %/);
        expect(line).not.toMatch(/NaN|Infinity|NF/);
      }),
    );
  });
});

describe('the time left', () => {
  it('is never 0 while something is left, and never endless or nonsense', () => {
    const steps = fc.array(fc.record({ pause: fc.nat(5000), by: fc.nat(1000) }), { minLength: 1 });
    fc.assert(
      fc.property(steps, (all) => {
        let now = 0;
        let done = 0;
        const timeLeft = createTimeLeft(() => now);
        for (const { pause, by } of all) {
          now += pause;
          done += by;
          const left = timeLeft.at(done, 1_000_000);
          if (left === undefined) continue;
          expect(Number.isInteger(left) && left >= 1).toBe(true);
          expect(formatTimeLeft(left)).toMatch(/^(\d+ s|\d+ min \d\d s|\d+ h \d\d min|\d+ days)$/);
        }
      }),
    );
  });

  it('follows a rate that changes, and says nothing before there is one', () => {
    let now = 0;
    const timeLeft = createTimeLeft(() => now);
    expect([timeLeft.at(0, 100), timeLeft.at(0, 100)]).toEqual([undefined, undefined]);
    for (now = 500; now < 900; now += 100) expect(timeLeft.at(10, 100)).toBeUndefined();
    let done = 0;
    for (now = 1000; now < 60_000; now += 1000) timeLeft.at(done++, 1000);
    expect(timeLeft.at(100, 200)).toBeLessThan(100);
    expect([59, 61, 3600, 200_000].map(formatTimeLeft)).toEqual([
      '59 s',
      '1 min 01 s',
      '1 h 00 min',
      '2 days',
    ]);
  });
});

describe('text on a terminal', () => {
  it('counts two columns for Korean, none for what joins', () => {
    expect(['소식', 'abc', 'e\u0301', '👩‍🌾', '소식'.normalize('NFD')].map(widthOf)).toEqual([4, 3, 1, 2, 4]);
    expect([shorten('소식과 날씨', 7), shorten('소식', 4), shorten('소식', 3), shorten('a', 0)]).toEqual([
      '소식과…',
      '소식',
      '소…',
      '',
    ]);
    expect(firstThatFits(['소식과 날씨', '소식', '소'], 5)).toBe('소식');
  });
});
