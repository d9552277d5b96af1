import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, toBase64, utf8Encode } from '../bytes.js';
import {
  PageError,
  type PageSetting,
  PIECE_BYTES,
  parseSetting,
  pieceText,
  readPieces,
  setUpPage,
} from './index.js';

const TEMPLATE =
  '<!doctype html>\n<title>datacast</title>\n<script type="application/json" id="setting">null</script>\n<p></p>\n<!--content-->\n</html>\n';
const SETTING: PageSetting = { title: '소식', language: 'ko', trust: ['RWQ'], files: [] };

/** A page with these files, cut into pieces of `size` bytes. */
function pageWith(
  files: readonly { name: string; content: Uint8Array }[],
  size: number,
  title = 'T',
): string {
  const listed = files.map(({ name, content }) => ({ name, bytes: content.length }));
  const { before, after } = setUpPage(TEMPLATE, { ...SETTING, title, files: listed });
  const pieces = files.flatMap(({ content }, i) => {
    const texts: string[] = [];
    for (let at = 0; at < content.length; at += size) {
      texts.push(pieceText(i, toBase64(content.subarray(at, at + size))));
    }
    return texts;
  });
  return before + pieces.join('') + after;
}

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = utf8Encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function filesOf(text: string, chunk: number): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { file, name, bytes } of readPieces(chunks(text, chunk))) {
    const key = `${file} ${name}`;
    files.set(key, concatBytes(files.get(key) ?? new Uint8Array(0), bytes));
  }
  return files;
}

describe('a page', () => {
  it('is set up, and set up anew', () => {
    const once = setUpPage(TEMPLATE, SETTING);
    const twice = setUpPage(once.before + once.after, { ...SETTING, title: 'a < b & c' });
    expect(twice.before).toContain('<title>a &lt; b &amp; c</title>');
    expect(twice.after).toBe('<!--content-->\n</html>\n');
    expect(() => setUpPage('<p>', SETTING)).toThrow(PageError);
    expect(() => setUpPage(TEMPLATE.replace('<!--content-->', ''), SETTING)).toThrow(PageError);
  });

  it('gives back its setting, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (title, trust) => {
        const setting = { ...SETTING, title, trust };
        const { before } = setUpPage(TEMPLATE, setting);
        const text = /id="setting">(.*?)<\/script>/s.exec(before)![1]!;
        expect(parseSetting(text)).toEqual(setting);
      }),
    );
  });

  it.each(['null', '{', '{"format":"datacast page"}', '[]'])('refuses the setting %s', (text) => {
    expect(() => parseSetting(text)).toThrow(PageError);
  });

  it('gives back its files, however it is cut', async () => {
    const file = fc.record({ name: fc.string(), content: fc.uint8Array({ maxLength: 300 }) });
    const size = fc.integer({ min: 1, max: 400 });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 4 }), size, size, async (files, piece, chunk) => {
        const found = await filesOf(pageWith(files, piece), chunk);
        const expected = files.flatMap(({ name, content }, i) =>
          content.length === 0 ? [] : [[`${i} ${name}`, content] as const],
        );
        expect([...found]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what is no page, or damaged, and never fails otherwise', async () => {
    await expect(filesOf('<!doctype html><p>Hello', 10)).rejects.toThrow(PageError);
    const page = pageWith([{ name: 'a', content: new Uint8Array(100) }], 50);
    await expect(filesOf(page.replace('AAAA', 'A!AA'), 64)).rejects.toThrow(PageError);
    await expect(filesOf(page.replace('data-file="0"', 'data-file="7"'), 64)).rejects.toThrow(PageError);
    await fc.assert(
      fc.asyncProperty(fc.nat(page.length), fc.string(), async (at, text) => {
        await filesOf(page.slice(0, at) + text + page.slice(at + text.length), 64).catch((error) => {
          if (!(error instanceof PageError)) throw error;
        });
      }),
    );
    expect(PIECE_BYTES % 3).toBe(0);
  });
});
