import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCount, formatNumber, formatPercent, printable } from './text.js';

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
});

describe("strangers' text", () => {
  it.each([
    ['\x1b[31mred\x07', '\uFFFD[31mred\uFFFD'],
    ['\x9b2J', '\uFFFD2J'],
    ['abc\u202Egpj.exe', 'abc\uFFFDgpj.exe'],
    ['a\u200Bb\u2060c\uFEFF', 'a\uFFFDb\uFFFDc\uFFFD'],
    ['flag\u{E0067}\u{E007F}', 'flag\uFFFD\uFFFD'],
    ['two\u2028lines\u2029', 'two\uFFFDlines\uFFFD'],
    ['\uD800', '\uFFFD'],
    ['건강/손씻기.html', '건강/손씻기.html'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is bounded and holds nothing but what can be seen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const shown = printable(text);
        expect(shown.length).toBeLessThanOrEqual(503);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
