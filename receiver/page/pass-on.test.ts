import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { type BrowserName, browsersHere, startBrowser } from '../../fixtures/browsers.js';
import { catchSaved, openPage, openWorkshop, savedFile } from '../../fixtures/page/page.js';
import { createPrng } from '../../fixtures/prng.js';
import { type TestFiles, testEditionOf, testPublisher } from '../testing.js';

/** One file with the page and all that has arrived goes from hand to hand. */

const workshop = openWorkshop();
const at = (name: string) => join(workshop.directory, name);
let page = '';
let withContent = '';
let halves: string[] = [];

beforeAll(async () => {
  const publisher = await testPublisher(crypto, 1);
  const trees: TestFiles[] = [
    { 'index.html': utf8Encode('<title>Front</title><h1>front</h1>') },
    {
      'text/a.html': utf8Encode(
        '<title>Text</title><script>globalThis.ran = 1</script><h1 onclick="1">text</h1>',
      ),
    },
    { 'noise.bin': createPrng(6).bytes(300_000) },
  ];
  const schemes = await loadFecSchemes();
  const edition = await testEditionOf(trees, { crypto, schemes, publisher, symbolSize: 1024 });
  const [front, text, noise] = await Promise.all([0, 1, 2].map((place) => edition.send(place)));
  // each has the list and half of what is large; one has the front, the other one the text
  const half = noise!.length >> 1;
  halves = [
    workshop.recording('방송.pcap', [
      ...(await edition.announce()),
      ...front!,
      noise![0]!,
      ...noise!.slice(1, half),
    ]),
    workshop.recording('b.pcap', [
      ...(await edition.announce()),
      ...text!,
      noise![0]!,
      ...noise!.slice(half),
    ]),
  ];
  // names that are not ASCII are cut out of a page as well
  page = workshop.page('page.html', [publisher], '--title', '소식');
  withContent = workshop.page('with.html', [publisher], '--content', halves[0]!, '--content', halves[1]!);
});
afterAll(workshop.remove);

describe.each(browsersHere())('%s', (name: BrowserName) => {
  it('two who have half each pass on what they have, and both have the whole', async () => {
    const browser = await startBrowser(name, { profile: workshop.profile() });
    onTestFinished(() => browser.close());
    const saved = [at(`${name}-a.html`), at(`${name}-b.html`)];
    for (const [i, half] of halves.entries()) {
      const opened = await openPage(browser, page);
      await opened.begin('nothing');
      await opened.add(half);
      await opened.says('1 of 3 files can be read.');
      await opened.passOn(saved[i]!);
    }
    for (const [i, path] of saved.entries()) {
      // the page of the one, opened elsewhere, takes that of the other
      const opened = await openPage(browser, path);
      await opened.begin('nothing');
      await opened.says('1 of 3 files can be read.');
      await opened.add(saved[1 - i]!);
      await opened.says('All of it is here.');
      const whole = at(`${name}-whole-${i}.html`);
      await opened.passOn(whole);
      const last = await openPage(browser, whole);
      await last.begin('nothing');
      await last.says('All of it is here.');
      await last.click('Read news');
      expect(await last.reading('h1')).toBe('front');
      expect(last.errors).toEqual([]);
    }
    expect(browser.requests).toEqual([]);
  });

  it('a page that was made with content can be read at once, and its files saved', async () => {
    const profile = workshop.profile();
    const browser = await startBrowser(name, { profile });
    onTestFinished(() => browser.close().catch(() => {}));
    const opened = await openPage(browser, withContent);
    await opened.begin('nothing');
    await opened.page.waitForSelector('article');
    await opened.says('All of it is here.');
    await opened.click('Contents of news');
    await opened.click('noise.bin');
    await catchSaved(opened.page);
    await opened.click('Save this file');
    expect((await savedFile(opened.page)).equals(createPrng(6).bytes(300_000))).toBe(true);
    await opened.click('Back');
    await opened.click('Text');
    await opened.reading('h1');
    await catchSaved(opened.page);
    await opened.click('Save this file');
    const text = String(await savedFile(opened.page));
    // opened from the disk it does nothing either
    expect(text).toMatch(
      /<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" .*<h1>text/s,
    );
    expect(text).not.toMatch(/script>|onclick/);
    await opened.click('Back');
    await opened.click('Back');
    await opened.click('Keep it from now on');
    await opened.says('until you delete it');
    await opened.page.waitForSelector('article');
    await opened.says('All of it is here.');
    await browser.close();
    // it is kept now, and not asked for again
    const later = await startBrowser(name, { profile });
    onTestFinished(() => later.close());
    const again = await openPage(later, withContent);
    await again.says('All of it is here.');
  });
});
