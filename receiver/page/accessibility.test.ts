import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { LANGUAGES } from '../../codecs/page/index.js';
import { type BrowserName, browsersHere, DESKTOP, PHONE } from '../../fixtures/browsers.js';
import { type OpenPage, openWorkshop, startWith } from '../../fixtures/page/page.js';
import { createPrng } from '../../fixtures/prng.js';
import { type TestFiles, testEditionOf, testPublisher } from '../testing.js';
import { WORDS } from './words/index.js';

/** WCAG 2.2 AA as far as axe-core can see it, a small screen, and the keyboard alone. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const workshop = openWorkshop();
let page = '';
let recording = '';
beforeAll(async () => {
  const publisher = await testPublisher(crypto, 1);
  const schemes = await loadFecSchemes();
  const trees: TestFiles[] = [
    { 'index.html': utf8Encode('<title>Front</title><h1>front</h1>') },
    { 'noise.bin': createPrng(2).bytes(50_000) },
  ];
  const edition = await testEditionOf(trees, { crypto, schemes, publisher, symbolSize: 512 });
  const part = await edition.send(1);
  const sent = [
    ...(await edition.announce()),
    ...(await edition.send(0)),
    ...part.slice(0, part.length >> 1),
  ];
  recording = workshop.recording('news.pcap', sent);
  page = workshop.page('page.html', [publisher]);
});
afterAll(workshop.remove);

/** What axe-core finds, and whether anything is wider than the screen. */
async function problems({ page }: OpenPage): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, { runOnly: tags, iframes: false });
    const nodes = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
    );
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [...nodes, `${scrollWidth} pixels wide`] : nodes;
  }, TAGS);
  return found;
}

describe.each(browsersHere())('%s', (name: BrowserName) => {
  it.each([
    ['a phone', PHONE],
    ['a desktop', DESKTOP],
  ])('has no fault on %s, in any language, light and dark', async (_, screen) => {
    const options = { profile: workshop.profile(), screen };
    const { browser, open } = await startWith(name, page, options);
    onTestFinished(() => browser.close());
    const seen: Record<string, string[]> = {};
    const look = async (screen: string) => {
      const found = await problems(open);
      if (found.length > 0) seen[screen] = found;
    };
    await look('welcome');
    await open.begin('nothing');
    await open.add(recording);
    const heights: number[] = [];
    for (const language of LANGUAGES) {
      await open.page.select('header select', language);
      await open.click(WORDS[language].contentsOf('news'));
      heights.push(await open.page.$eval('header', (head) => head.offsetHeight));
      await open.click(WORDS[language].back);
      await open.page.waitForSelector('article');
    }
    // two rows, no more
    expect(Math.max(...heights)).toBeLessThan(130);
    await open.page.$eval('details.look', (menu) => {
      menu.open = true;
    });
    for (const language of LANGUAGES) {
      await open.page.select('header select', language);
      const words = WORDS[language];
      await look(`home in ${language}`);
      for (const way of [words.search, words.passOn, words.help, words.contentsOf('news')]) {
        await open.click(way);
        await look(`${way} in ${language}`);
        await open.click(words.back);
        await open.page.waitForSelector('article');
      }
      await open.click(words.dark);
      await look(`home, dark, in ${language}`);
      await open.click(words.readNamed('news'));
      expect(await open.reading('h1')).toBe('front');
      await look(`reading, dark, in ${language}`);
      await open.click(words.light);
      await open.click(words.back);
      await open.page.waitForSelector('article');
    }
    expect(seen).toEqual({});
  });

  it('is used with the keyboard alone', async () => {
    const { browser, open } = await startWith(name, page, { profile: workshop.profile() });
    onTestFinished(() => browser.close());
    const { keyboard } = open.page;
    const focused = () =>
      open.page.evaluate(() => {
        const { activeElement } = document;
        return (activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '').trim();
      });
    /** Firefox without a screen presses no button by keys, since its window is never active. */
    const press = () =>
      name === 'chromium'
        ? keyboard.press('Enter')
        : open.page.evaluate(() => (document.activeElement as HTMLElement).click());
    /** Goes on until something is reached whose words begin so. */
    const goTo = async (words: string) => {
      for (let i = 0; i < 40 && !(await focused()).startsWith(words); i++) await keyboard.press('Tab');
      expect(await focused()).toMatch(new RegExp(`^${words}`));
    };
    await open.page.waitForSelector('.choice');
    await goTo('Keep nothing');
    await press();
    await open.ready();
    for (let i = 0; i < 40; i++) {
      await keyboard.press('Tab');
      if (await open.page.evaluate(() => document.activeElement?.matches('input[type=file]'))) break;
    }
    expect(await open.page.evaluate(() => document.activeElement?.matches('input[type=file]'))).toBe(true);
    await open.add(recording);
    await goTo('Read news');
    await press();
    expect(await open.reading('h1')).toBe('front');
    await goTo('Back');
    await press();
    await open.page.waitForSelector('article');
    await goTo('Contents of news');
    await press();
    await goTo('Front');
    await press();
    expect(await open.reading('h1')).toBe('front');
    await keyboard.press('Escape');
    await open.page.waitForFunction(() => location.href === 'about:blank', { polling: 50 });
  });
});
