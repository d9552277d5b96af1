import { describe, expect, it } from 'vitest';
import { textOf } from './text.js';

describe('the words of a page', () => {
  it.each([
    ['<title>A &amp; b</title><p>one<b>two</b>', 'one two'],
    ['<head><style>p { color: red }</style></head><header>x</header>y', 'x y'],
    ['<head><header>x</header>', 'x'],
    ['a <!-- hidden > --> b', 'a b'],
    ['a <!-- never ended > b', 'a b'],
    ['<SCRIPT>let a = "<p>";</Script >b', 'b'],
    ['1 < 2', '1 < 2'],
  ])('of %s', (source, text) => {
    expect(textOf('a.html', source).text).toBe(text);
  });

  it('takes its title', () => {
    expect(textOf('a.html', '<TITLE lang=en>A &amp;\n b</TITLE>').title).toBe('A & b');
    expect(textOf('b/a.html', '<p>').title).toBe('a.html');
  });

  it.each(['<', '<!--', '<style ', '<title', '</head ', '<head>'])(
    'of 2 MB of %s comes at once',
    (unit) => {
      expect(() => textOf('a.html', unit.repeat(2_000_000 / unit.length))).not.toThrow();
    },
    10_000,
  );
});
