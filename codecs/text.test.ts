import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatNumber,
  formatPercent,
  formatShare,
  hasUnprintable,
  printable,
  printableJson,
  printableLines,
  replaceUnprintable,
} from './text.js';

describe('numbers', () => {
  it('are written as people read them', () => {
    expect(formatNumber(1234567)).toBe('1,234,567');
    expect(formatCount(1, 'file')).toBe('1 file');
    expect(formatCount(1234, 'directory', 'directories')).toBe('1,234 directories');
    expect([formatPercent(1, 8), formatPercent(0, 0), formatPercent(1, 1)]).toEqual([
      '12.5 %',
      '0 %',
      '100 %',
    ]);
  });

  it('of a share that is not all, or not nothing, have as many digits as show it', () => {
    const shares = [0, 0.001, 0.0001, 0.125, 0.999, 0.9999, 0.99999, 1, 1.5];
    expect(shares.map(formatShare)).toEqual(
      ['0', '0.1', '0.01', '12.5', '99.9', '99.99', '99.999', '100', '150'].map((each) => `${each} %`),
    );
  });
});

/** Control characters, bidirectional controls and isolates, what has no width, tags, separators of lines and paragraphs. */
const HOSTILE =
  /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}\u115f\u1160\u3164\uffa0\ud800-\udfff]/u;
/** Anything, with what is hostile or stands beside joiners in every second place. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        ...[
          '\u200c',
          '\u200d',
          '\ufe0f',
          '\u202e',
          '\u2066',
          '\u200b',
          '\u{e0061}',
          '\u2028',
          '\x9b',
          '\x1b[',
        ],
        ...['می', 'خ', 'क्', 'ष', '👩', '🚀', '❤', 'a', ' ', '\n', '葛', '\u{e0100}', '\ud800', '1', '\u20e3'],
      ),
    ),
    { maxLength: 300 },
  )
  .map((pieces) => pieces.join(''));

describe("strangers' text", () => {
  it.each([
    ['\x1b[31mred\x07', '\\u001b[31mred\\u0007'],
    ['\x9b2J', '\\u009b2J'],
    ['abc\u202Egpj.exe', 'abc\\u202egpj.exe'],
    ['a\u2067b\u2069', 'a\\u2067b\\u2069'],
    ['a\u200Bb\u2060c\uFEFF', 'a\\u200bb\\u2060c\\ufeff'],
    ['flag\u{E0067}\u{E007F}', 'flag\\u{e0067}\\u{e007f}'],
    ['a\ufff9b\ufffbc', 'a\\ufff9b\\ufffbc'],
    ['two\u2028lines\u2029', 'two\\u2028lines\\u2029'],
    ['one\ntwo', 'one\\u000atwo'],
    ['\uD800', '\\ud800'],
    ['a\u3164b', 'a\\u3164b'],
    ['건강/손씻기.html', '건강/손씻기.html'],
    // joiners and selectors where words and pictures need them, and nowhere else
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['क्\u200dष', 'क्\u200dष'],
    ['👩🏽\u200d🚀 ❤️\u200d🔥 1\ufe0f\u20e3', '👩🏽\u200d🚀 ❤️\u200d🔥 1\ufe0f\u20e3'],
    ['ne\u200cws \u200d می\u200c', 'ne\\u200cws \\u200d می\\u200c'],
    ['می\u200c\u200cخ', 'می\\u200c\\u200cخ'],
    ['1\ufe0f 葛\u{e0100}', '1\\ufe0f 葛\\u{e0100}'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(hasUnprintable(text)).toBe(text !== shown);
    expect(printable(shown)).toBe(shown);
  });

  it('is bounded and holds nothing but what can be seen', () => {
    fc.assert(
      fc.property(text, (text) => {
        const shown = printable(text);
        expect(shown.length).toBeLessThanOrEqual(1003);
        expect(shown).not.toMatch(HOSTILE);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Co}]/u);
        for (const joiner of ['\u200c', '\u200d']) {
          for (const [before, after] of shown
            .split(joiner)
            .slice(1)
            .map((rest, at) => [shown.split(joiner)[at]!, rest])) {
            expect(before).not.toMatch(/[A-Za-z0-9 ]$|^$/);
            expect(after).not.toMatch(/^[A-Za-z0-9 ]|^$/);
          }
        }
        expect(hasUnprintable(shown)).toBe(false);
        expect(replaceUnprintable(text, '_')).not.toMatch(HOSTILE);
      }),
      { numRuns: 500 },
    );
  });

  it('goes through JSON unchanged, and through lines of a program line by line', () => {
    fc.assert(
      fc.property(text, (text) => {
        for (const indent of [undefined, 2]) {
          const json = printableJson({ [text]: [text] }, indent);
          expect(JSON.parse(json)).toEqual({ [text]: [text] });
          expect(json.replaceAll('\n', '')).not.toMatch(HOSTILE);
        }
        const lines = printableLines(text).split('\n');
        expect(lines).toHaveLength(text.split('\n').length);
        for (const line of lines) expect(line).not.toMatch(HOSTILE);
      }),
      { numRuns: 500 },
    );
  });
});
