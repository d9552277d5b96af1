import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attacks, costlyAttacks } from '../../../fixtures/attacks/index.js';
import { bundlePage } from '../../../fixtures/browser.js';
import { browsersHere, type Page, startBrowser, type TestBrowser } from '../../../fixtures/browsers.js';

import type { Look } from './index.js';

/** In the page. */
declare const tab: typeof import('./testing-page.js').tab;

/** Silence: 8,000 samples of one byte a second (RIFF, WAVE). */
function wav(seconds: number): Buffer {
  const sound = Buffer.alloc(44 + 8000 * seconds, 128);
  sound.write('RIFF', 0, 'latin1');
  sound.writeUInt32LE(sound.length - 8, 4);
  sound.write('WAVEfmt ', 8, 'latin1');
  for (const [at, value] of [
    [16, 16],
    [24, 8000],
    [28, 8000],
    [40, 8000 * seconds],
  ] as const)
    sound.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    sound.writeUInt16LE(value, at);
  sound.write('data', 36, 'latin1');
  return sound;
}

/** A picture of one colour (GIF 89a): it says that it has one pixel, and its frame has `side` squared. */
function gif(side: number): Buffer {
  const u16 = (value: number) => [value & 255, value >> 8];
  const codes: number[] = [];
  let held = 0;
  let bits = 0;
  const put = (code: number, width: number) => {
    held |= code << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>= 8) codes.push(held & 255);
  };
  // each code stands for one pixel more than the one before: 6 for two, up to 4095
  put(4, 3);
  put(0, 3);
  let next = 6;
  for (let left = side * side - 1; left > 0; next = Math.min(4096, next + 1)) {
    const code = left < next - 4 ? 0 : Math.min(next, 4095);
    put(code, Math.min(12, 32 - Math.clz32(next)));
    left -= code === 0 ? 1 : code - 4;
  }
  put(5, Math.min(12, 32 - Math.clz32(next)));
  put(0, 8);
  const blocks: number[] = [];
  for (let at = 0; at < codes.length; at += 255) {
    const block = codes.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  const screen = [...u16(1), ...u16(1), 0x80, 0, 0, 0, 0, 0, 99, 0, 99];
  const frame = [0x2c, 0, 0, 0, 0, ...u16(side), ...u16(side), 0, 2];
  return Buffer.from([...Buffer.from('GIF89a'), ...screen, ...frame, ...blocks, 0, 0x3b]);
}

let directory = '';
let url = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-reader-'));
  const site = await bundlePage(fileURLToPath(new URL('testing-page.ts', import.meta.url)));
  const script = String([...site].find(([name]) => name.endsWith('.js'))![1]);
  const inline = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  writeFileSync(
    join(directory, 'page.html'),
    `<!doctype html><meta charset="utf-8"><body><script type="module">${inline}</script>`,
  );
  url = pathToFileURL(join(directory, 'page.html')).href;
});
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

describe.each(browsersHere())('%s', (name) => {
  let browser: TestBrowser;
  let page: Page;
  beforeAll(async () => {
    browser = await startBrowser(name, { profile: mkdtempSync(join(directory, 'profile-')) });
    page = await browser.open(url);
  });
  afterAll(() => browser?.close());

  const show = (files: Record<string, string>, path: string, look?: Look) =>
    page.evaluate((files, path, look) => tab.show(files, path, look), files, path, look);
  /** The same for what needs no files of others. */
  const showPage = (html: string) => show({ 'index.html': html }, 'index.html');

  it('shows pictures, styles and drawings of the edition', async () => {
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="9" height="9"/></svg>';
    const { title, links, leftOut } = await show(
      {
        'ko/뉴스.html': `<title> 새 \u202e소식\n</title><link rel="stylesheet" href="../style.css"><h1>뉴스</h1>
          <img id="own" src="/images/a.svg"><img id="set" srcset="../images/a.svg 1x"><img id="none" src="b.png">${drawing}
          <img id="data" src="data:image/svg+xml;base64,${Buffer.from(drawing).toString('base64')}"><a href="../en/index.html">en</a>`,
        'style.css': '@import "sub/more.css"; body { background-image: url("images/a.svg") }',
        'sub/more.css': 'h1 { color: rgb(1, 2, 3); background-image: url(../images/a.svg) }',
        'images/a.svg': drawing,
      },
      'ko/뉴스.html',
    );
    expect({ title, links, leftOut }).toEqual({ title: '새 소식', links: ['en/index.html'], leftOut: [] });
    const seen = await page.evaluate(() => {
      const shown = tab.shown();
      const style = (name: string) => shown.defaultView!.getComputedStyle(shown.querySelector(name)!);
      return {
        widths: [...shown.querySelectorAll('img')].map(({ naturalWidth }) => naturalWidth),
        backgrounds: ['body', 'h1'].map((name) => style(name).backgroundImage.slice(0, 9)),
        color: style('h1').color,
        lang: shown.documentElement.lang,
        dir: shown.documentElement.dir,
      };
    });
    expect(seen).toEqual({
      widths: [30, 30, 0, 30, 30],
      backgrounds: ['url("blob', 'url("blob'],
      color: 'rgb(1, 2, 3)',
      lang: 'ko',
      dir: 'ltr',
    });
  });

  it('has links that we follow, by hand and by keyboard', async () => {
    await showPage(
      '<a href="a/b.html#%EC%9E%A5">a</a> <a href="#end">b</a><p style="height: 5000px"><p id="end">c',
    );
    const at = await page.evaluate(() => {
      const [link, end] = tab.shown().querySelectorAll('a');
      const centre = (element: Element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        const frame = tab.shown().defaultView!.frameElement!.getBoundingClientRect();
        return [frame.x + x + width / 2, frame.y + y + height / 2] as const;
      };
      return [centre(link!), centre(end!)] as const;
    });
    await page.mouse.click(...at[0]);
    await page.keyboard.press('Enter');
    const link = { path: 'a/b.html', fragment: '장' };
    await expect.poll(() => page.evaluate(() => tab.followed().slice(-2))).toEqual([link, link]);
    await page.mouse.click(...at[1]);
    await expect
      .poll(() => page.evaluate(() => tab.shown().scrollingElement!.scrollTop))
      .toBeGreaterThan(1000);
  });

  it('plays sound, and goes to any second of it', async () => {
    await show({ 'a.wav': `base64:${wav(20).toString('base64')}` }, 'a.wav');
    const seconds = await page.evaluate(async () => {
      const sound = tab.shown().querySelector('audio')!;
      await sound.play();
      sound.currentTime = 15;
      await new Promise((resolve) => sound.addEventListener('seeked', resolve, { once: true }));
      sound.pause();
      return [sound.duration, Math.floor(sound.currentTime)];
    });
    expect(seconds).toEqual([20, 15]);
  });

  it('looks as the reader wants', async () => {
    const look = { textSize: 150, isDark: true, language: 'fa' };
    await show({ 'a.txt': 'سلام <b>\n& 뉴스' }, 'a.txt', look);
    const seen = await page.evaluate(() => {
      const shown = tab.shown();
      const { lang, dir } = shown.documentElement;
      const { backgroundColor } = shown.defaultView!.getComputedStyle(shown.body);
      return { text: shown.querySelector('pre')!.textContent, lang, dir, backgroundColor };
    });
    expect(seen).toEqual({
      text: 'سلام <b>\n& 뉴스',
      lang: 'fa',
      dir: 'rtl',
      backgroundColor: 'rgb(22, 24, 28)',
    });
    const height = () =>
      page.evaluate(() => tab.shown().querySelector('pre')!.getBoundingClientRect().height);
    const large = await height();
    await show({ 'a.txt': 'سلام <b>\n& 뉴스' }, 'a.txt', { ...look, textSize: 100 });
    expect(large).toBeGreaterThan(1.3 * (await height()));
  });

  it('says what it left out', async () => {
    expect((await showPage('<img src="http://example.org/a.png">')).leftOut).toEqual(['outside']);
    expect((await showPage('<p>a'.repeat(30_000))).leftOut).toEqual(['end']);
    expect((await show({ 'a.exe': 'MZ' }, 'a.exe')).leftOut).toEqual(['kind']);
    expect((await show({ 'a.png': 'no picture' }, 'a.png')).leftOut).toEqual(['picture']);
  });

  it('measures a picture as the browser does, whatever else it says of itself', async () => {
    const page = '<img src="a.gif">';
    const showGif = (side: number) =>
      show({ 'index.html': page, 'a.gif': `base64:${gif(side).toString('base64')}` }, 'index.html');
    expect((await showGif(100)).leftOut).toEqual([]);
    expect((await showGif(8000)).leftOut).toEqual(['picture']);
  });

  it('reads pages in the encodings of before', async () => {
    const page = Buffer.concat([
      Buffer.from('<meta charset="euc-kr"><title>'),
      Buffer.from([0xb4, 0xba, 0xbd, 0xba]),
    ]);
    expect((await showPage(`base64:${page.toString('base64')}`)).title).toBe('뉴스');
  });

  it(`lets none of ${attacks.length} pages run or ask anything`, async () => {
    const wrong = await page.evaluate(async (attacks) => {
      const wrong: unknown[] = [];
      for (const { files, path } of attacks) {
        const found = await tab.attack(files, path);
        if (found.length > 0) wrong.push([files[path], found]);
      }
      await tab.drawn();
      return wrong;
    }, attacks);
    expect(wrong).toEqual([]);
    // what begins late: refreshes, autofocus, lazy pictures
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await page.evaluate(() => tab.ran())).toBe(0);
    expect(browser.requests).toEqual([]);
    expect(page.url()).toBe(url);
    expect((await browser.pages()).length).toBe(1);
  });

  it.each(costlyAttacks.map((attack, i) => [i, attack] as const))(
    'answers after page %i that costs too much',
    async (_, attack) => {
      const { files, path } = attack;
      expect(await page.evaluate((files, path) => tab.attack(files, path), files, path)).toEqual([]);
      await page.evaluate(() => tab.drawn());
      expect(browser.requests).toEqual([]);
    },
  );

  it('would run and ask without protection', async () => {
    const other = await browser.open(url);
    const pages = attacks.map(({ files, path }) => files[path]!);
    for (let at = 0; at < pages.length; at += 50) {
      await other.evaluate((some) => tab.unprotected(some), pages.slice(at, at + 50));
    }
    expect(await other.evaluate(() => tab.ran())).toBeGreaterThan(50);
    expect(browser.requests.length).toBeGreaterThan(50);
  });
});
