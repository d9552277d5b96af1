import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyUnsafe } from '../../../codecs/edition/path.js';
import { mediaTypeOf } from './media-types.js';
import { resolveReference } from './reference.js';
import { pageOfMedia, rewriteSet } from './references.js';

const path = (reference: string, from = 'ko/날씨/태풍.html') => resolveReference(from, reference)?.path;

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.normalize('NFC'))
  .filter((text) => !text.includes('/') && whyUnsafe(text) === undefined);
const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const encoded = (text: string) => text.split('/').map(encodeURIComponent).join('/');

describe('a reference with marks without end', () => {
  it('means nothing, and takes no time', () => {
    expect(resolveReference('a.html', `b${'\u0301\u0316'.repeat(200_000)}`)).toBeUndefined();
  });
});

describe('a reference', () => {
  it.each([
    ['장마.html', 'ko/날씨/장마.html'],
    ['%EC%9E%A5%EB%A7%88.html', 'ko/날씨/장마.html'],
    ['./a.html?x=1', 'ko/날씨/a.html'],
    ['../index.html', 'ko/index.html'],
    ['../../style.css', 'style.css'],
    ['../../../../style.css', 'style.css'],
    ['/images/a.png', 'images/a.png'],
    ['..\\농업\\두엄.html', 'ko/농업/두엄.html'],
    ['../', 'ko/index.html'],
    ['/', 'index.html'],
    ['', 'ko/날씨/태풍.html'],
    ['#', 'ko/날씨/태풍.html'],
    [' a.html\n', 'ko/날씨/a.html'],
    ['a\u0308.html', 'ko/날씨/ä.html'],
  ])('%j is of the file %s', (reference, expected) => {
    expect(path(reference)).toBe(expected);
  });

  it.each([
    ...[
      'http://example.org/',
      '//example.org/a.html',
      '/\\example.org/a.html',
      '\\\\example.org\\a',
      'ht\ntp://a/',
    ],
    ...[
      'javascript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'blob:null/x',
      'file:///etc/passwd',
      'about:blank',
    ],
    ...[
      'mailto:a@example.org',
      'http://',
      'a%2f..%2f..%2fb',
      'a%00b',
      '%ff',
      'a%',
      '%2e%2e%5cb',
      'con',
      'a:b',
    ],
  ])('%j leads nowhere', (reference) => {
    expect(path(reference, 'a/b.html')).toBeUndefined();
  });

  it('has a fragment', () => {
    expect(resolveReference('a.html', 'b.html#%EC%9E%A5')).toEqual({ path: 'b.html', fragment: '장' });
    expect(resolveReference('a.html', '#x')).toEqual({ path: 'a.html', fragment: 'x' });
  });

  it('finds every file from every other, by either way', () => {
    const bothWays = (from: string, to: string) => {
      const up = '../'.repeat(from.split('/').length - 1);
      expect(path(`./${up}${encoded(to)}`, from)).toBe(to);
      expect(path(`/${encoded(to)}`, from)).toBe(to);
    };
    fc.assert(fc.property(paths, paths, bothWays));
  });

  it('leads to a name of an edition or nowhere, whatever it is', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      ':',
      '?',
      '#',
      '@',
      '\t',
      '%00',
      'a',
      '가',
    );
    const reference = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(paths, reference, (from, reference) => {
        const found = path(reference, from);
        if (found !== undefined) expect(whyUnsafe(found)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('srcset', () => {
  const blobOf = async (reference: string) =>
    reference.includes('missing') ? undefined : `blob:${reference}`;
  it.each([
    ['a.png', 'blob:a.png'],
    ['a.png 1x, b.png 2x', 'blob:a.png 1x, blob:b.png 2x'],
    ['a.png 320w,b.png 640.5w', 'blob:a.png 320w, blob:b.png 640.5w'],
    [' , a.png , missing.png 2x', 'blob:a.png'],
    ['a.png 1x evil, b.png', 'blob:b.png'],
    ['missing.png', undefined],
    ['', undefined],
  ])('%j', async (set, expected) => {
    expect(await rewriteSet(set, blobOf)).toBe(expected);
  });

  it('has addresses of ours only', () =>
    fc.assert(
      fc.asyncProperty(fc.string(), async (set) => {
        for (const each of ((await rewriteSet(set, async () => 'blob:x')) ?? 'blob:x').split(', ')) {
          expect(each).toMatch(/^blob:x(\s+\d+(\.\d+)?[wx])?$/);
        }
      }),
    ));
});

it.each([
  ['index.html', 'text/html'],
  ['ko/알림.TXT', 'text/plain'],
  ['a.b/README', 'text/plain'],
  ['a.svg', 'image/svg+xml'],
  ['film.webm', 'video/webm'],
  ['a.exe', 'application/octet-stream'],
])('%s is of type %s', (path, type) => expect(mediaTypeOf(path)).toBe(type));

it('makes a page of a picture, sound or film alone', () => {
  expect(pageOfMedia('a/"b".mp4')).toBe('<p><video src="/a/%22b%22.mp4"></video>');
  expect(pageOfMedia('a.txt')).toBeUndefined();
});
