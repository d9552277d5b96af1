import { beforeAll, describe, expect, it } from 'vitest';
import { utf8Decode } from '../../../codecs/bytes.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { publisherId } from '../../../codecs/minisign/index.js';
import { nodeCrypto as crypto } from '../../../codecs/node/crypto.js';
import { contentFiles } from '../../library/content-file.js';
import { testPublisher, testReceiver } from '../../testing.js';
import { type SuccessionCase, successionCases } from '../../testing-succession.js';
import type { Seen } from '../ports/seen.js';

const schemes = await loadFecSchemes();
const cases = await successionCases(schemes);
let trust: Awaited<ReturnType<typeof testPublisher>>[];
beforeAll(async () => {
  trust = [await testPublisher(crypto, 1)];
});

/** What a receiver says at the end of each run; it hands out nothing of which it could not say whose it is. */
async function play({ runs }: SuccessionCase) {
  let seen: Seen | undefined;
  const said: (string | undefined)[] = [];
  let rejected: string[] = [];
  for (const run of runs) {
    const r = testReceiver({ crypto, fecSchemes: schemes, trust, ...(seen && { seen }) });
    await r.feed(run);
    for (const { edition } of r.editions) expect(edition.publisher).toBe(publisherId(trust[0]!));
    const texts: string[] = [];
    for (const { object, content } of r.complete) {
      const part = r.editions
        .flatMap(({ index }) => index.parts)
        .find(({ sha256 }) => sha256 === object.sha256)!;
      for await (const file of contentFiles(content.read(), part, 10))
        texts.push(utf8Decode(await file.bytes()));
    }
    said.push(texts.at(-1) ?? said.at(-1));
    if (said.at(-1) !== 'wrong') expect(texts).not.toContain('wrong');
    rejected = r.rejected;
    // what goes to a disk and back
    seen = JSON.parse(JSON.stringify(r.receiver.seen()));
    await r.receiver.close();
  }
  return { said, rejected };
}

describe("succession of a publisher's key", () => {
  it.each(cases)('$name', async (each) => {
    const { said, rejected } = await play(each);
    expect(said).toEqual(each.says);
    for (const reason of each.told) expect(rejected).toContain(reason);
  });
});
