import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Encode } from '../bytes.js';
import { checkPath, EditionError } from './index.js';
import { comparePaths, foldPath, parentsOf } from './path.js';

describe('names in an edition', () => {
  it.each([
    'index.html',
    '뉴스/오늘의 날씨.html',
    'a/b/c/d.txt',
    '.hidden',
    'می\u200cخواهم.html',
    '👩\u200d🚀.png',
    '..a',
    'a..b',
    '...a',
    'console.log',
    'null',
    'com10',
    'nulls.txt',
    "it's #1 & 100%.txt",
    `${'x'.repeat(255)}/${'가'.repeat(85)}`,
  ])('accepts %s', (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'absolute'],
    ['//server/share', 'absolute'],
    ['../up', '".."'],
    ['a/../../b', '".."'],
    ['a/..', '".."'],
    ['./a', '"."'],
    ['a//b', 'empty part'],
    ['a/', 'empty part'],
    ['a\\..\\b', 'character \\'],
    ['C:/windows', 'character :'],
    ['a:stream', 'character :'],
    ['what?', 'character ?'],
    ['a\0b', 'control character'],
    ['a\nb', 'control character'],
    ['a\u007f', 'control character'],
    ['a\u0085b', 'control character'],
    ['a\u202egpj.exe', 'cannot be seen'],
    ['a\u2066b', 'cannot be seen'],
    ['a\u200bb', 'cannot be seen'],
    ['ne\u200cws', 'cannot be seen'],
    ['a\u{e0061}', 'cannot be seen'],
    ['\ud800', 'not valid Unicode'],
    ['e\u0301', 'normalisation'],
    ['\u1112\u1161\u11ab', 'normalisation'],
    ['dir. /x', 'dot or a space'],
    ['dir./x', 'dot or a space'],
    ['trailing ', 'dot or a space'],
    ['CON', 'device'],
    ['con.txt', 'device'],
    ['a/NUL.tar.gz', 'device'],
    ['Com1', 'device'],
    ['lpt9.html', 'device'],
    ['COM¹', 'device'],
    ['aux .txt', 'device'],
    ['CONIN$', 'device'],
    ['x'.repeat(256), 'longer than 255'],
    ['가'.repeat(86), 'longer than 255'],
    ['abcdefghi/'.repeat(103).slice(0, -1), 'longer than 1024'],
  ])('refuses %j: %s', (path, why) => {
    expect(() => checkPath(path)).toThrow(EditionError);
    expect(() => checkPath(path)).toThrow(why);
  });

  it('throws nothing but EditionError, and lets no path out of its directory', () => {
    const part = fc.oneof(
      fc.constantFrom('.', '..', '/', '\\', 'a', 'NUL', '한', ' ', '\0', ':'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const path = parts.join('');
        try {
          checkPath(path);
        } catch (error) {
          expect(error).toBeInstanceOf(EditionError);
          return;
        }
        expect(new URL(encodeURI(path), 'file:///root/').pathname.startsWith('/root/')).toBe(true);
      }),
    );
  });

  it('sorts as the bytes of UTF-8 do', () => {
    const unit = fc.constantFrom('a', 'A', '/', '-', '0', 'é', '한', '\uffee', '😀', '𝒳');
    const path = fc.array(unit, { maxLength: 5 }).map((units) => units.join(''));
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(Buffer.compare(utf8Encode(a), utf8Encode(b))));
      }),
    );
  });

  it('finds parents, and names that are the same where case is ignored', () => {
    expect(parentsOf('a/b/c')).toEqual(['a', 'a/b']);
    expect(parentsOf('a')).toEqual([]);
    for (const [a, b] of [
      ['README', 'readme'],
      ['STRASSE', 'straße'],
      ['É', 'é'],
      ['Σ', 'ς'],
    ] as const) {
      expect(foldPath(a), a).toBe(foldPath(b));
    }
  });
});
