import { expect, it } from 'vitest';
import { createPrng, type Prng } from '../../fixtures/prng.js';
import { equalBytes } from '../bytes.js';
import { bytesOf, FLOW4, streamOf } from '../mpegts/testing.js';
import { createCarriedStreams } from './carried-streams.js';

const PIECE_BYTES = 7 * 188;
const SENT = Array.from({ length: 200 }, (_, i) => bytesOf(1200, i));
const STREAM = streamOf(SENT);

/** A stranger's datagram: its sender, and what is in it. */
type Stranger = (count: number, prng: Prng) => { source: string; payload: Uint8Array };

const nullPackets = new Uint8Array(PIECE_BYTES);
for (let at = 0; at < nullPackets.length; at += 188) nullPackets.set([0x47, 0x1f, 0xff, 0x10], at);
const replayed = streamOf([bytesOf(1200, 999)]);

const STRANGERS: readonly (readonly [string, number, Stranger])[] = [
  [
    'another address each time',
    50,
    (count) => ({ source: `198.51.${count >> 8}.${count & 255}`, payload: nullPackets }),
  ],
  [
    'another address each time, with a whole datagram',
    50,
    (count) => ({ source: `198.51.${count >> 8}.${count & 255}`, payload: replayed }),
  ],
  ['500 addresses', 50, (_, prng) => ({ source: `198.51.100.${prng.below(500)}`, payload: nullPackets })],
  ['as many addresses as stay', 40, (count) => ({ source: `198.51.100.${count % 16}`, payload: replayed })],
];

it('a stranger can have whole datagrams in what he sends', () => {
  const payload = replayed;
  expect(createCarriedStreams().take([{ ...FLOW4, timestampNs: 0n, payload }])).toHaveLength(1);
});

/** Datagrams of the genuine stream that were given, of which the stranger sends `each` for one of its own, from the `first` one on. */
function given(first: number, each: number, stranger: Stranger): number {
  const prng = createPrng(1);
  const carried = createCarriedStreams();
  let count = 0;
  let found = 0;
  const take = (source: string, payload: Uint8Array) => {
    const taken = carried.take([{ ...FLOW4, source, timestampNs: 0n, payload }]);
    if (source === FLOW4.source)
      found += taken.filter(({ payload }) => SENT.some((sent) => equalBytes(sent, payload))).length;
  };
  for (let at = 0; at < STREAM.length; at += PIECE_BYTES) {
    take(FLOW4.source, STREAM.subarray(at, at + PIECE_BYTES));
    for (let i = 0; at / PIECE_BYTES >= first && i < each; i++) {
      const { source, payload } = stranger(count++, prng);
      take(source, payload);
    }
  }
  return found;
}

it.each(STRANGERS)('strangers do not displace the stream that was there before: %s', (_, each, stranger) => {
  expect(given(20, each, stranger)).toBeGreaterThanOrEqual(SENT.length - 1);
});

it.each(STRANGERS)('strangers do not keep a stream out that comes after them: %s', (_, each, stranger) => {
  expect(given(0, each, stranger)).toBeGreaterThan(SENT.length - 10);
});

it('a sender silent for long makes room, whatever came of it', () => {
  const carried = createCarriedStreams();
  const whole = (sourcePort: number, times: number) => {
    let found = 0;
    for (let i = 0; i < times; i++) {
      for (let at = 0; at < STREAM.length; at += PIECE_BYTES) {
        const payload = STREAM.subarray(at, at + PIECE_BYTES);
        found += carried.take([{ ...FLOW4, sourcePort, timestampNs: 0n, payload }]).length;
      }
    }
    return found;
  };
  for (let sourcePort = 1; sourcePort <= 100; sourcePort++) whole(sourcePort, 3);
  expect(whole(101, 1)).toBeGreaterThanOrEqual(SENT.length - 1);
});
