import { TokenType, tokenize } from '@csstools/css-tokenizer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewriteStyles, type StyleSources } from './style-sheet.js';

const SOURCES: StyleSources = {
  picture: async (reference) =>
    reference.endsWith('.png') && !/^\w+:|^\/\//.test(reference) ? 'blob:null/1' : undefined,
  sheet: async (reference) => (reference === 'other.css' ? 'p { color: red }' : undefined),
};
const rewrite = (css: string) => rewriteStyles(css, SOURCES);
const squeezed = async (css: string) => (await rewrite(css)).replace(/\s+/g, ' ').trim();

describe('a style sheet', () => {
  it.each([
    [
      'a:hover > b::before { content: "x\\201c"; width: calc(1px + 2%) }',
      'a:hover > b::before { content: "x“"; width: calc(1px + 2%) }',
    ],
    ['a { background: url(a.png) no-repeat }', 'a { background: url("blob:null/1") no-repeat }'],
    ['a { background: url( "a.png" ) }', 'a { background: url("blob:null/1") }'],
    ["a { background: U\\72 L('a.png') }", 'a { background: url("blob:null/1") }'],
    ['a { background: url(//b.test/a.png), red }', 'a { background: none , red }'],
    ['a { background: url(http://b.test/a.png }', 'a { background: none'],
    ['@import "other.css"; b { c: d }', 'p { color: red } b { c: d }'],
    [
      '@import url(other.css) screen and (min-width: 9px);',
      '@media screen and (min-width: 9px) { p { color: red } }',
    ],
    ['@import url("http://b.test/"); b { c: d }', 'b { c: d }'],
    ['@\\69mport "http://b.test/"', ''],
    ['@import "other.css" supports(x: url(y));', ''],
    ['@import "other.css" (a { b: c } d', ''],
    ['@font-face { font-family: a; src: url(b.woff2) } c { d: e }', 'c { d: e }'],
    ['@media (width < 600px) { a { b: c } }', '@media (width < 600px) { a { b: c } }'],
    ['@media (300px<=width<=a) { }', '@media (300px<=width<=a) { }'.replace('<a', '< a')],
    ['a { background: image-set("http://b.test/" 1x) }', 'a { background: refused("http://b.test/" 1x) }'],
    ['a { --b: url(http://b.test/) }', 'a { --b: none }'],
    ['a { content: "</style><script>" }', 'a { content: "\\3c /style>\\3c script>" }'],
    ['<!-- a { b: c } -->', 'a { b: c }'],
    ['u/**/rl(http://b.test/)', 'u rl(http://b.test/)'],
    ['a { b: \\<url(http://b.test/) }', 'a { b: \\3c url(http://b.test/) }'],
  ])('%j', async (css, expected) => {
    expect(await squeezed(css)).toBe(expected);
  });

  it('asks for nothing but what is ours, and ends no element, whatever it is', async () => {
    const piece = fc.constantFrom(
      ...[
        'url(',
        'url("',
        'u',
        'rl(',
        '\\75 rl(',
        'http://b.test/',
        'a.png',
        '"',
        "'",
        ')',
        '(',
        '{',
        '}',
        ';',
        '\\',
        '/*',
        '*/',
      ],
      ...[
        '@import ',
        '@IMPORT',
        '@\\69mport ',
        'other.css',
        '@media ',
        'image-set(',
        'src(',
        '--x:',
        'var(--x)',
        '<',
        '\\<',
        '/style>',
        '<!--',
        '-->',
      ],
      ...[
        '\n',
        ' ',
        '\0',
        '\ud800',
        '@font-face',
        '@namespace ',
        'url',
        '!',
        '[',
        ']',
        '\\0',
        '\\22',
        '#',
        'a',
      ],
    );
    const css = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(css, css, async (first, second) => {
        const sources: StyleSources = { ...SOURCES, sheet: async () => rewrite(second) };
        const written = await rewriteStyles(first, sources);
        expect(written).not.toMatch(/<[/!?a-z]/i);
        const tokens = tokenize({ css: written });
        tokens.forEach((token, at) => {
          expect(token[0]).not.toBe(TokenType.BadURL);
          expect(token[0]).not.toBe(TokenType.URL);
          if (token[0] === TokenType.AtKeyword)
            expect(token[4].value).not.toMatch(/^(import|font-face|namespace)$/i);
          if (token[0] !== TokenType.Function) return;
          expect(token[4].value).not.toMatch(/^(-webkit-)?image-set$|^src$/i);
          if (token[4].value.toLowerCase() === 'url') expect(tokens[at + 1]![1]).toBe('"blob:null/1"');
        });
      }),
      { numRuns: 3000 },
    );
  });
});
