import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../../bytes.js';
import { segmentMessage, seiMessage } from '../television/messages.js';
import { bytesOf } from '../testing.js';
import { MESSAGE_UUID } from './format.js';
import { createMessageScanner } from './scanner.js';
import { buildMessage, preventEmulation } from './write.js';

/** Datagrams in which start codes and the UUID are likely. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ max: 3, maxLength: 12 }),
  fc.constantFrom(MESSAGE_UUID.subarray(0, 9), Uint8Array.of(0, 0, 1, 0xba), Uint8Array.of(0, 0, 3)),
);
const datagram = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((pieces) => concatBytes(Uint8Array.of(16), ...pieces));
/** In MPEG-2 video: user_data_start_code (ISO/IEC 13818-2 section 6.2.2.2.2). */
function userData(bytes: Uint8Array, number: number): Uint8Array {
  return concatBytes(Uint8Array.of(0, 0, 1, 0xb2), preventEmulation(buildMessage(bytes, number)));
}
const wrap = fc.constantFrom(seiMessage, segmentMessage, userData);

function scan(stream: Uint8Array, length = stream.length) {
  const found: Uint8Array[] = [];
  let damaged = 0;
  const scanner = createMessageScanner(
    1,
    (each) => found.push(each),
    () => damaged++,
  );
  for (let at = 0; at < stream.length; at += length) {
    scanner.take(0, stream, at, Math.min(stream.length, at + length));
  }
  return { found, damaged };
}

describe('messages', () => {
  it('are found among other bytes, in pieces of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(datagram, piece)), wrap, fc.nat(50), (sent, message, length) => {
        const stream = concatBytes(...sent.flatMap(([bytes, other], i) => [other, message(bytes, i)]));
        const { found, damaged } = scan(stream, length + 1);
        expect(found).toEqual(sent.map(([bytes]) => bytes));
        expect(damaged).toBe(0);
      }),
    );
  });

  it('hold no start code', () => {
    fc.assert(
      fc.property(datagram, (bytes) => {
        const escaped = Buffer.from(preventEmulation(bytes));
        for (const last of [0, 1, 2]) expect(escaped.includes(Buffer.of(0, 0, last))).toBe(false);
      }),
    );
  });

  it.each([
    ['NAL units', seiMessage],
    ['segments', segmentMessage],
    ['user data of MPEG-2 video', userData],
  ])('that are torn cost themselves only, in %s', (_, message) => {
    const sent = Array.from({ length: 12 }, (_, i) => bytesOf(300 + 7 * i, i));
    const messages = sent.map((bytes, i) => message(bytes, i));
    const stream = concatBytes(...messages);
    const starts = messages.map((_, i) => concatBytes(...messages.slice(0, i)).length);
    for (let from = 0; from < stream.length - 900; from += 101) {
      const to = from + 30 + (from % 400);
      const { found } = scan(concatBytes(stream.subarray(0, from), stream.subarray(to)), 184);
      const whole = sent.filter((_, i) => starts[i]! >= to || starts[i]! + messages[i]!.length <= from);
      // of what is torn at its beginning the message may be whole
      expect(found.filter((each) => whole.some((other) => equalBytes(each, other)))).toEqual(whole);
      for (const each of found) expect(sent.some((other) => equalBytes(each, other))).toBe(true);
    }
  });

  it('may begin by the thousand: none of them takes long, or much memory', () => {
    const begun = concatBytes(MESSAGE_UUID, Uint8Array.of(0x0f, 0xff));
    const hostile = new Uint8Array(begun.length * 20_000);
    for (let at = 0; at < hostile.length; at += begun.length) hostile.set(begun, at);
    const last = bytesOf(500, 1);
    const { found, damaged } = scan(concatBytes(hostile, seiMessage(last, 1)), 184);
    expect(found).toEqual([last]);
    expect(damaged).toBeGreaterThan(50);
  });

  it('of 0 or more than 4,096 bytes are none', () => {
    for (const length of [0, 4097]) {
      expect(() => seiMessage(new Uint8Array(length), 0)).toThrow(/1 to 4096 bytes; this one has/);
    }
    const longest = bytesOf(4096, 3);
    expect(scan(seiMessage(longest, 2 ** 32 - 1)).found).toEqual([longest]);
  });
});
