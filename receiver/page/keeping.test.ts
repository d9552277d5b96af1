import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { type BrowserName, browsersHere } from '../../fixtures/browsers.js';
import { openPage, openWorkshop, startWith } from '../../fixtures/page/page.js';
import { createPrng } from '../../fixtures/prng.js';
import { testEditionOf, testPublisher } from '../testing.js';

/** What becomes of what is kept where the room ends, where the page is open twice, and where a newer page was before. */

const ROOM = 3_000_000;

const workshop = openWorkshop();
let page = '';
let recording = '';
/** Nothing but the front is complete in it. */
let incomplete = '';

beforeAll(async () => {
  const publisher = await testPublisher(crypto, 1);
  const noise = [1, 2, 3, 4].map((i) => ({ [`noise-${i}.bin`]: createPrng(i).bytes(ROOM / 2) }));
  const trees = [{ 'index.html': utf8Encode('<h1>front</h1>') }, ...noise];
  const schemes = await loadFecSchemes();
  const edition = await testEditionOf(trees, { crypto, schemes, publisher, symbolSize: 1400 });
  const announced = [...(await edition.announce()), ...(await edition.send(0))];
  const rest = await edition.send(1, 2, 3, 4);
  recording = workshop.recording('news.pcap', [...announced, ...rest]);
  incomplete = workshop.recording('incomplete.pcap', [...announced, ...rest.filter((_, i) => i % 3 < 2)]);
  page = workshop.page('page.html', [publisher]);
});
afterAll(workshop.remove);

describe.each(browsersHere())('%s', (name: BrowserName) => {
  it('without room for all of it reads and passes on what there is room for, and the rest when there is more', async () => {
    const profile = workshop.profile();
    const { browser, open } = await startWith(name, page, { profile, room: ROOM });
    onTestFinished(() => browser.close().catch(() => {}));
    await open.begin('keep');
    const said = await open.add(recording);
    expect(said).toMatch(/can be read now/);
    expect(said).toMatch('There is no room for more.');
    expect(await open.add(recording)).toMatch('There is no room for more.');
    const saved = join(workshop.directory, `${name}.html`);
    await open.passOn(saved);
    await open.click('Back');
    await open.click('Read news');
    expect(await open.reading('h1')).toBe('front');
    expect(open.errors).toEqual([]);
    await browser.close();

    const { browser: wider, open: again } = await startWith(name, page, { profile });
    onTestFinished(() => wider.close());
    await again.page.waitForSelector('article');
    expect(await again.text()).not.toMatch('All of it is here.');
    await again.add(recording);
    await again.says('All of it is here.');
    const elsewhere = { profile: workshop.profile() };
    const { browser: third, open: other } = await startWith(name, saved, elsewhere);
    onTestFinished(() => third.close());
    await other.begin('nothing');
    await other.says('can be read.');
    await other.click('Read news');
    expect(await other.reading('h1')).toBe('front');
  });

  it('says that there is no room for pieces of what is incomplete', async () => {
    const options = { profile: workshop.profile(), room: ROOM };
    const { browser, open } = await startWith(name, page, options);
    onTestFinished(() => browser.close());
    await open.begin('keep');
    expect(await open.add(incomplete)).toMatch('There is no room for more.');
    await open.click('Read news');
    expect(await open.reading('h1')).toBe('front');
  });

  it('says so where what has arrived cannot be read any more', async () => {
    const { browser, open } = await startWith(name, page, { profile: workshop.profile() });
    onTestFinished(() => browser.close());
    await open.begin('keep');
    await open.add(incomplete);
    await open.page.evaluate(() => {
      Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError'));
    });
    await open.click('Read news');
    await open.says('This cannot be read any more.');
    expect(open.errors).toEqual([]);
  });

  it('open twice keeps in one of both, and says so in the other', async () => {
    const { browser, open } = await startWith(name, page, { profile: workshop.profile() });
    onTestFinished(() => browser.close());
    await open.begin('keep');
    const second = await openPage(browser, page);
    await second.says('This page is open a second time.');
    expect(await second.text()).not.toMatch('This browser does not let');
    await open.page.bringToFront();
    await open.add(recording);
    await open.says('All of it is here.');
    await open.page.close();
    await second.page.bringToFront();
    await second.page.reload();
    await second.says('All of it is here.');
  });

  it('leaves what a newer page has kept, says so, and reads without keeping', async () => {
    const { browser, open } = await startWith(name, page, { profile: workshop.profile() });
    onTestFinished(() => browser.close());
    await open.begin('keep');
    await open.add(recording);
    await open.page.goto(pathToFileURL(workshop.file('empty.html', '')).href);
    expect(await open.page.evaluate(raiseVersions, 1)).toBe(2);

    const again = await openPage(browser, page);
    await again.says('What is kept here is of a newer page');
    await again.add(recording);
    await again.click('Read news');
    expect(await again.reading('h1')).toBe('front');
    await again.page.close();
    expect(await open.page.evaluate(raiseVersions, 0)).toBe(2);
  });
});

/** In a page: makes the databases that are there so much newer. @returns how many there are */
async function raiseVersions(by: number): Promise<number> {
  const databases = await indexedDB.databases();
  for (const { name, version } of databases) {
    await new Promise((resolve, reject) => {
      const opening = indexedDB.open(name!, version! + by);
      opening.onsuccess = () => resolve(opening.result.close());
      opening.onerror = () => reject(opening.error);
    });
  }
  return databases.length;
}
