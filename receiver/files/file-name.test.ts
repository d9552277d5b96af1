import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPath } from '../../codecs/edition/index.js';
import { createUniquePaths, safeName, safePath } from './file-name.js';

describe('safePath', () => {
  it.each([
    ['news.html', 'news.html'],
    ['http://example.org/a/b.html?x=1#y', 'a/b.html'],
    ['file:///etc/passwd', 'etc/passwd'],
    ['../../etc/passwd', 'etc/passwd'],
    ['a/../../b', 'a/b'],
    ['%2e%2e/%2e%2e/x', 'x'],
    ['a%2fb', 'a_b'],
    ['..\\..\\x', '_.._x'],
    ['C:\\Windows\\x', '_Windows_x'],
    ['/con/aux.txt', '_con/_aux.txt'],
    ['.bashrc', 'bashrc'],
    ['a. . ', 'a'],
    ['%EC%86%8C%EC%8B%9D/%EB%82%A0%EC%94%A8.html', '소식/날씨.html'],
    ['a\u0000b\nc', 'a_b_c'],
    ['a%E2%80%AEgpj.exe', 'a_gpj.exe'],
    ['a\u200bb\u2066c\u{e0061}.txt', 'a_b_c_.txt'],
    ['می\u200cخواهم.html', 'می\u200cخواهم.html'],
    ['', 'object-9'],
    ['///..//.', 'object-9'],
    ['%zz', '%zz'],
  ])('%j becomes %j', (location, expected) => {
    expect(safePath(location, 'object-9')).toBe(expected);
  });

  it('gives a path that is safe on every system, whatever the name', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.webUrl());
    const nasty = fc.array(fc.oneof(text, fc.constantFrom('/', '..', '\\', '%2e', 'nul', 'COM1', ' ', '.')));
    fc.assert(
      fc.property(nasty, (parts) => {
        expect(() => checkPath(safePath(parts.join(''), 'object-9'))).not.toThrow();
        const name = safeName(parts.join(''));
        if (name !== '') expect(() => checkPath(name)).not.toThrow();
        expect(name).not.toContain('/');
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(201);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('safeName', () => {
  it('leaves room for what is put before and after it where a file system allows 255 bytes', () => {
    expect(safeName('x'.repeat(200))).toBe('x'.repeat(80));
    expect(safeName('漢'.repeat(200))).toBe('漢'.repeat(66));
    expect(safeName('📰'.repeat(200))).toBe('📰'.repeat(50));
  });
});

describe('createUniquePaths', () => {
  it('numbers what is there, letters of either case alike', () => {
    const unique = createUniquePaths();
    expect(['a/b.html', 'A/B.html', 'a/b.html', 'c', 'c'].map(unique)).toEqual([
      'a/b.html',
      'A/B-2.html',
      'a/b-3.html',
      'c',
      'c-2',
    ]);
  });

  it('keeps files and directories apart', () => {
    const unique = createUniquePaths();
    expect(['a', 'a/b', 'x/y', 'x'].map(unique)).toEqual(['a', '2-a/b', 'x/y', 'x-2']);
  });
});
