import { expect, it, vi } from 'vitest';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { formatPublicKey, parsePublicKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto as crypto } from '../../../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../../../codecs/pcap/index.js';
import { createPrng } from '../../../fixtures/prng.js';
import { testEditionOf, testPublisher } from '../../testing.js';
import { openKept } from '../keep/index.js';
import { readRecordings } from './intake/recordings.js';
import { createNotices } from './notices.js';
import { openReception } from './reception.js';

const PARTS = 16;
/** Two parts come with each piece of a recording that is read at a time. */
const PART_BYTES = 500_000;
const FLOW = { source: '10.0.0.1', sourcePort: 4000, destination: '239.1.2.3', destinationPort: 4001 };

it('reads no further while parts wait to be kept', async () => {
  const publisher = await testPublisher(crypto, 1);
  const prng = createPrng(5);
  const trees = Array.from({ length: PARTS }, (_, i) => ({ [`${i}.bin`]: prng.bytes(PART_BYTES) }));
  const schemes = await loadFecSchemes();
  const edition = await testEditionOf(trees, { crypto, schemes, publisher, symbolSize: 1400 });
  const datagrams = [...(await edition.announce()), ...(await edition.send())];
  const records = datagrams.map((payload, i) => pcapRecord({ ...FLOW, timestampNs: BigInt(i), payload }));
  const recording = new Blob([pcapHeader(), ...records] as Uint8Array<ArrayBuffer>[]);

  const kept = await openKept({ name: 'behind', isLasting: false });
  const notices = createNotices();
  let arrived = 0;
  let keptParts = 0;
  let most = 0;
  const looks = vi.fn(kept.parts);
  const slow = {
    ...kept,
    parts: looks,
    async putPart(...part: Parameters<typeof kept.putPart>) {
      // the first takes until no more parts come
      for (let before = -1; keptParts === 0 && before !== arrived; ) {
        before = arrived;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      await kept.putPart(...part);
      keptParts++;
    },
  };
  const trust = [parsePublicKey(formatPublicKey(publisher))];
  const reception = await openReception({ crypto, trust, kept: slow, notices, changed: () => {} });
  reception.receiver.on('part', () => {
    most = Math.max(most, ++arrived - keptParts);
  });
  const files = [{ name: 'a.pcap', content: recording }];
  await readRecordings(files, reception, { notices, onProgress: () => {} });
  expect(kept.parts().size).toBe(PARTS);
  // one is being kept, two wait, and three came with the last piece
  expect(most).toBeLessThanOrEqual(6);
  // what each of thousands of parts cost would grow with their number
  expect(looks.mock.calls.length).toBeLessThan(PARTS / 4);
  await reception.close();
});
