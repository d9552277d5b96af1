import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parsePublicKey } from '../../codecs/minisign/index.js';
import { createPcapReader } from '../../codecs/pcap/index.js';
import { type BrowserName, browsersHere, type TestBrowser } from '../../fixtures/browsers.js';
import { runProgram } from '../../fixtures/job.js';
import { makeFilm } from '../../fixtures/page/film.js';
import { type OpenPage, openWorkshop, startWith } from '../../fixtures/page/page.js';
import { createPrng } from '../../fixtures/prng.js';

/** The main job of the page: recordings with losses, brought in one after the other, become something to read. */

const SEED = 20_260_401;
const LOSS = 0.3;

const workshop = openWorkshop();
const { directory } = workshop;
const at = (name: string) => join(directory, name);
let page = '';
/** Three pieces of a recording with losses, and all of another one. */
let pieces: string[] = [];
let other = '';

function run(program: 'datacast' | 'datacast-bench', ...args: string[]): void {
  const { status, stderr } = runProgram(program, args);
  if (status !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  const files: Record<string, string | Uint8Array> = {
    'index.html':
      '<title>Front</title><h1>소식</h1><img src="pictures/field.svg" alt="field"><a href="more/second.html#end">more</a><a id="absent" href="absent.html">absent</a>',
    'more/second.html': '<title>Second</title><h1>둘째</h1><p>rice and 쌀</p><p id="end">the end</p>',
    'pictures/field.svg':
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="green"/></svg>',
    'films/rain.webm': await makeFilm(directory),
    'films/none.webm': 'no film',
    'data/noise.bin': createPrng(SEED).bytes(400_000),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(at(`news/${path}`)), { recursive: true });
    writeFileSync(at(`news/${path}`), content);
  }
  run('datacast', 'keygen', '--out', at('keys'), '--no-password');
  const sent = at('sent.pcap');
  run('datacast', 'encode', at('news'), '--keys', at('keys'), '--out', sent, '--expect-loss', '40');
  const received = (seed: number) => {
    const out = at(`received-${seed}.pcap`);
    run(
      'datacast-bench',
      'channel',
      sent,
      out,
      '--loss',
      `${100 * LOSS}%`,
      '--seed',
      `${seed}`,
      '--forge',
      '2',
    );
    return createPcapReader()
      .push(readFileSync(out))
      .map(({ payload }) => payload);
  };
  const datagrams = received(1);
  pieces = [0, 1, 2].map((i) => {
    const third = Math.ceil(datagrams.length / 3);
    return workshop.recording(`piece-${i}.pcap`, datagrams.slice(i * third, (i + 1) * third));
  });
  other = workshop.recording('other.pcap', received(2));
  const key = parsePublicKey(readFileSync(at('keys/publisher.pub'), 'utf8'));
  page = workshop.page('page.html', [key], '--title', 'Test');
});
afterAll(workshop.remove);

describe.each(browsersHere())('%s, from the disk', (name: BrowserName) => {
  const profile = workshop.profile();

  async function start(): Promise<{ browser: TestBrowser; open: OpenPage }> {
    const started = await startWith(name, page, { profile });
    onTestFinished(() => started.browser.close().catch(() => {}));
    return started;
  }

  it('takes pieces, is closed and opened again, takes another recording, and asks the network for nothing', async () => {
    const first = await start();
    await first.open.begin('keep');
    const said = await first.open.add(pieces[0]!, pieces[1]!);
    expect(said).toMatch(/can be read now|New pieces have arrived/);
    const bar = await first.open.page.waitForSelector('article progress');
    const share = await bar!.evaluate((each) => each.value);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(1);
    expect(await first.open.page.$eval('article h3', (heading) => heading.textContent)).toBe('news');
    await first.browser.close();
    expect(first.browser.requests).toEqual([]);

    // not asked once more, and nothing is lost
    const again = await start();
    await again.open.ready();
    await again.open.says('more of recording is needed.');
    expect(await again.open.text()).not.toMatch('All of it is here.');
    const kept = await again.open.page.$eval('article progress', (each) => each.value);
    expect(kept).toBeCloseTo(share, 2);
    expect(await again.open.text()).toMatch(/About .* more of recording is needed\./);
    const result = await again.open.add(pieces[2]!, other);
    expect(result).toMatch(/can be read now/);
    await again.open.says('All of it is here.');
    expect(await again.open.add(other)).toMatch('nothing new');

    await again.open.click('Read news');
    expect(await again.open.reading('h1')).toBe('소식');
    await again.open.page.waitForFunction(
      () => (document.querySelector('iframe')?.contentDocument?.querySelector('img')?.naturalWidth ?? 0) > 0,
      { polling: 50 },
    );
    await again.open.clickInReading('#absent');
    await again.open.says('This link leads to nothing');
    await again.open.click('Back');
    expect(await again.open.reading('h1')).toBe('소식');
    // a page that it has a link to
    await again.open.clickInReading('[data-path]');
    expect(await again.open.reading('#end')).toBe('the end');
    await again.open.click('Back');
    expect(await again.open.reading('h1')).toBe('소식');
    await again.open.click('Back');

    await again.open.click('Contents of news');
    await again.open.says('Second');
    await again.open.click('films/none.webm');
    await again.open.says('This kind of file cannot be shown here.');
    await again.open.click('Back');
    await again.open.click('films/rain.webm');
    await again.open.page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2, {
      polling: 50,
    });
    expect(await again.open.page.evaluate(goTo, 0.2)).toBeCloseTo(0.2, 1);
    await again.open.click('Back');
    await again.open.click('Search');
    await again.open.page.waitForSelector('#search-text');
    await again.open.page.type('#search-text', '쌀');
    await again.open.page.keyboard.press('Enter');
    await again.open.click('Second');
    expect(await again.open.reading('h1')).toBe('둘째');
    expect(again.open.errors).toEqual([]);
    expect(again.browser.requests).toEqual([]);
  });

  it('remembers the choice to keep, even when it is killed at once', async () => {
    const options = { profile: workshop.profile() };
    const { browser, open } = await startWith(name, page, options);
    await open.begin('keep');
    await browser.kill();
    const again = await startWith(name, page, options);
    onTestFinished(() => again.browser.close());
    await again.open.ready();
    await again.open.says('until you delete it');
  });

  it('hides at the press of a key, and deletes all', async () => {
    const { browser, open } = await start();
    await open.page.waitForSelector('article');
    await open.click('Read news');
    await open.reading('h1');
    await open.page.focus('iframe');
    await open.page.keyboard.press('Escape');
    await open.page.waitForFunction(() => location.href === 'about:blank', { polling: 50 });
    expect(await open.page.title()).toBe('');
    for (const way of ['forward', 'back', 'forward'] as const) {
      await open.page.evaluate((to) => setTimeout(() => history[to]()), way);
      for (let looks = 0; looks < 10; looks++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        const seen = () => document.title + (document.getElementById('app')?.textContent ?? '');
        // a page that is just being left gives no answer
        expect(await open.page.evaluate(seen).catch(() => '')).toBe('');
      }
      expect(await open.page.evaluate(() => location.href)).toBe('about:blank');
    }

    await browser.close();
    const { browser: next, open: again } = await start();
    await again.page.waitForSelector('article');
    await again.click('Delete all');
    await again.click('Yes, delete all');
    await again.page.waitForSelector('#deleted');
    await next.close();

    const empty = await start();
    await empty.open.begin('keep');
    await empty.open.says('Nothing is here yet.');
  });
});

/** In a page: goes to a second of its film. @returns where that is then */
async function goTo(second: number): Promise<number> {
  const film = document.querySelector('video')!;
  const there = new Promise((resolve) => film.addEventListener('seeked', resolve, { once: true }));
  film.currentTime = second;
  await there;
  return film.currentTime;
}
