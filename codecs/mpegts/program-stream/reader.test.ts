import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex } from '../../bytes.js';
import { createTransportStreamReader } from '../index.js';
import { seiMessage } from '../television/messages.js';
import { bytesOf } from '../testing.js';
import { programStream } from './testing.js';

function read(stream: Uint8Array, length: number) {
  const reader = createTransportStreamReader();
  const datagrams = [];
  for (let at = 0; at < stream.length; at += length)
    datagrams.push(...reader.push(stream.slice(at, at + length)));
  datagrams.push(...reader.end());
  return { payloads: datagrams.map(({ payload }) => payload), counters: reader.counters };
}

const SENT = Array.from({ length: 12 }, (_, i) => bytesOf(100 + 150 * i, i));
const VIDEO = concatBytes(
  ...SENT.flatMap((datagram, i) => [seiMessage(datagram, i), fromHex('0000000141ffba'), bytesOf(90, i)]),
);

describe('program streams', () => {
  it.each([true, false])('give their messages, wherever they are cut (MPEG-2: %s)', (isMpeg2) => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 3000 }), fc.integer({ min: 1, max: 5000 }), (size, length) => {
        const { payloads, counters } = read(programStream(VIDEO, size, isMpeg2), length);
        expect(payloads).toEqual(SENT);
        expect(counters).toMatchObject({ datagrams: SENT.length, packets: 0, damagedMessages: 0 });
      }),
      { numRuns: 30 },
    );
  });

  it('go on behind what is missing, and behind bytes that are none of theirs', () => {
    const stream = programStream(VIDEO, 700, true);
    for (let from = 300; from < stream.length; from += 1777) {
      const torn = concatBytes(bytesOf(5000, 7), stream.subarray(0, from), stream.subarray(from + 500));
      const { payloads } = read(torn, 4096);
      expect(payloads.length).toBeGreaterThanOrEqual(SENT.length - 6);
      for (const payload of payloads) expect(SENT).toContainEqual(payload);
    }
  });

  it('and other files are searched as they are', () => {
    const length = Uint8Array.of(0, 0, 1, 0xba);
    const file = concatBytes(
      bytesOf(3000, 5),
      ...SENT.flatMap((each, i) => [length, seiMessage(each, i).subarray(3)]),
    );
    expect(read(file, 1000).payloads).toEqual(SENT);
  });

  it('never fail, whatever is changed', () => {
    const seeds = [programStream(VIDEO, 500, true), programStream(VIDEO, 500, false)];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { maxLength: 60 }),
        fc.nat(600),
        (seed, changes, length) => {
          const changed = seed.slice();
          for (const [at, byte] of changes) changed[at % changed.length] = byte;
          const whole = read(changed, changed.length);
          expect(read(changed, length + 1)).toEqual(whole);
          for (const payload of whole.payloads) expect(SENT).toContainEqual(payload);
        },
      ),
      { numRuns: 100 },
    );
  });
});
