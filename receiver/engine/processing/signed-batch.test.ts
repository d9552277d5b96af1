import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAlc } from '../../../codecs/alc/index.js';
import { createRootCache } from '../../../codecs/auth/index.js';
import { verifySignatures } from '../../../codecs/crypto/ed25519-batch.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { testPublisher, testSession } from '../../testing.js';
import { addToBatch, createSignedBatch, verifyBatch } from './signed-batch.js';

const schemes = await loadFecSchemes();
const publisher = await testPublisher(nodeCrypto, 1);
const together = { ...nodeCrypto, ed25519VerifyBatch: verifySignatures };
const TSI = 7;
const STRANGER = nodeCrypto.ed25519PublicKey(new Uint8Array(32).fill(99)) as Uint8Array;

it.each([0, 3])(
  'checked together or one by one, the same datagrams are genuine (depth %i)',
  async (depth) => {
    const object = nodeCrypto.randomBytes(64 * 40);
    const session = await testSession({
      crypto: nodeCrypto,
      schemes,
      publisher,
      object,
      depth,
      tsi: TSI,
      symbolSize: 64,
    });
    const symbols = await session.source();
    const key = (await nodeCrypto.ed25519PublicKey(session.uplinkSeed)) as Uint8Array;
    const pick = fc.record({
      symbol: fc.nat(symbols.length - 1),
      bit: fc.option(fc.nat(), { freq: 4 }),
      isOtherSession: fc.boolean(),
    });
    const keysOf = fc.constantFrom<Uint8Array[]>([key], [STRANGER, key], [key, STRANGER], [STRANGER], []);
    await fc.assert(
      fc.asyncProperty(fc.array(pick, { maxLength: 40, size: 'max' }), keysOf, async (picks, keys) => {
        const batch = createSignedBatch();
        for (const { symbol, bit, isOtherSession } of picks) {
          const datagram = symbols[symbol]!.slice();
          const { authOffset } = parseAlc(datagram, schemes);
          // behind the fields that the header parser reads
          if (bit !== null) datagram[datagram.length - 1 - ((bit >> 3) % 80)]! ^= 1 << (bit & 7);
          addToBatch(batch, datagram, authOffset!, isOtherSession ? TSI + 1 : TSI);
        }
        const byTsi = new Map([
          [TSI, keys],
          [TSI + 1, [STRANGER]],
        ]);
        const [one, all] = [createRootCache(), createRootCache()];
        for (let again = 0; again < 2; again++) {
          const expected = await verifyBatch(nodeCrypto, batch, byTsi, session.objectId, one);
          expect(await verifyBatch(together, batch, byTsi, session.objectId, all)).toEqual(expected);
          expect(all.size).toBe(one.size);
          for (const [i, { bit, isOtherSession }] of picks.entries()) {
            if (bit === null) expect(expected[i]).toBe(keys.includes(key) && !isOtherSession);
          }
        }
      }),
      { numRuns: 20 },
    );
  },
);
