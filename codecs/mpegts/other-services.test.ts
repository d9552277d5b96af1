/** What other services of a multiplex begin and never end. */

import { expect, it } from 'vitest';
import { concatBytes, toHex } from '../bytes.js';
import { MESSAGE_UUID } from './messages/format.js';
import { createMessageScanner } from './messages/scanner.js';
import { buildMessage, preventEmulation } from './messages/write.js';
import { bytesOf, packetsOf, readStream, streamOf } from './testing.js';

const SENT = Array.from({ length: 60 }, (_, i) => bytesOf(1200, i));
/** Packets of another service for each of the genuine one. */
const EACH = 12;
const SERVICES = 150;

it('sections of other services do not displace those that are put together', () => {
  let count = 0;
  /** The first packet of a long datagram_section. */
  const begin = () => {
    const pid = 0x400 + (count % SERVICES);
    const head = [0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10 | (Math.floor(count++ / SERVICES) & 15), 0];
    return concatBytes(Uint8Array.of(...head, 0x3e, 0xbf, 0), bytesOf(180, count));
  };
  const packets = packetsOf(streamOf(SENT)).flatMap((packet) => [
    packet,
    ...Array.from({ length: EACH }, begin),
  ]);
  const { payloads } = readStream(concatBytes(...packets));
  const sent = new Set(SENT.map(toHex));
  expect(payloads.filter((each) => sent.has(toHex(each))).length).toBeGreaterThan(SENT.length - 10);
});

it('nor do messages', () => {
  const found: string[] = [];
  const scanner = createMessageScanner(
    SERVICES + 1,
    (datagram) => found.push(toHex(datagram)),
    () => {},
  );
  const begin = concatBytes(MESSAGE_UUID, Uint8Array.of(15, 0, 1, 1, 1, 1), bytesOf(20, 1));
  let count = 0;
  for (const [i, datagram] of SENT.entries()) {
    const message = preventEmulation(buildMessage(datagram, i));
    for (let at = 0; at < message.length; at += 184) {
      scanner.take(0, message, at, Math.min(message.length, at + 184));
      for (let k = 0; k < EACH; k++) {
        const stream = 1 + (count++ % SERVICES);
        scanner.drop(stream);
        scanner.take(stream, begin, 0, begin.length);
      }
    }
  }
  expect(found.length).toBeGreaterThan(SENT.length - 10);
});
