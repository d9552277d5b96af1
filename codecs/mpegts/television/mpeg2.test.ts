import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex } from '../../bytes.js';
import { createTransportStreamReader } from '../index.js';
import { bytesOf, packetsOf, pidOf } from '../testing.js';
import { readMpeg2Slate } from './mpeg2-slate.js';
import { createTelevisionMultiplexer } from './multiplexer.js';

const SEQUENCE = fromHex('000001b32d024033ffffe018000001b5148a000100000000');
const GROUP = fromHex('000001b800080040');
const PICTURE = fromHex('00000100000ffff8000001b58ffff34180');
const SLICES = fromHex('000001013360c5294b0000010233f9c5294b000001af33f9');
const KEY = concatBytes(SEQUENCE, GROUP, PICTURE, SLICES);

describe('a slate of MPEG-2', () => {
  it('has headers and slices of its pictures, of which those with a sequence header are key pictures', () => {
    const { video, pictures } = readMpeg2Slate(concatBytes(KEY, PICTURE, SLICES, GROUP, PICTURE, SLICES));
    expect(video).toBe('mpeg2');
    expect(pictures).toEqual([
      { head: concatBytes(SEQUENCE, GROUP, PICTURE), slices: SLICES, isKey: true },
      { head: PICTURE, slices: SLICES, isKey: false },
      { head: concatBytes(GROUP, PICTURE), slices: SLICES, isKey: false },
    ]);
  });

  it.each([
    [new Uint8Array(0)],
    [bytesOf(999, 1)],
    [concatBytes(PICTURE, SLICES)],
    [concatBytes(KEY, PICTURE)],
  ])('is none without a key picture first, or without slices (%#)', (video) => {
    expect(() => readMpeg2Slate(video)).toThrow(/no MPEG-2 video that begins with a sequence header/);
  });

  it('carries datagrams in its user data, under stream_type 2', () => {
    const slate = readMpeg2Slate(concatBytes(KEY, PICTURE, SLICES));
    const options = { tsRate: 1_000_000, carrier: 'video', programmes: [{ slate }] } as const;
    const multiplexer = createTelevisionMultiplexer(options);
    const sent = Array.from({ length: 40 }, (_, i) => bytesOf(300 + 30 * i, i));
    const waiting = [...sent];
    const take = () => {
      const bytes = waiting.shift();
      return bytes && { bytes };
    };
    const blocks = [multiplexer.next(take)];
    while (waiting.length > 0 || !multiplexer.isDrained) blocks.push(multiplexer.next(take));
    const stream = concatBytes(...blocks);
    const reader = createTransportStreamReader();
    const payloads = [...reader.push(stream), ...reader.end()].map(({ payload }) => payload);
    expect(payloads).toEqual(sent);
    const pmt = packetsOf(stream).find((packet) => pidOf(packet) === 0x100)!;
    expect(pmt[17]).toBe(2);
  });
});
