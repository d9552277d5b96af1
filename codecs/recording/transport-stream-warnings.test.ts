import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes.js';
import { bytesOf, packetOf, packetsOf, pidOf, streamOf, tablesOf, uleStreamOf } from '../mpegts/testing.js';
import { createRecordingReader, transportStreamWarnings } from './index.js';

const SENT = Array.from({ length: 30 }, (_, i) => bytesOf(500, i));

function read(recording: Uint8Array) {
  const reader = createRecordingReader();
  reader.push(recording);
  reader.end();
  return reader.counters;
}

describe('recordings', () => {
  it('of a bad reception get a sentence', () => {
    const stream = streamOf(SENT);
    expect(transportStreamWarnings('a.ts', read(stream))).toEqual([]);
    const lost = concatBytes(stream.subarray(0, 1880), stream.subarray(2068));
    expect(transportStreamWarnings('a.ts', read(lost))).toEqual(['a.ts was not received whole: 1 gap.']);
    const tables = stream.subarray(0, 3 * 188);
    expect(transportStreamWarnings('a.ts', read(tables))[0]).toMatch(
      /without datagrams \(its programmes have 1 multiprotocol encapsulation\);/,
    );
  });

  it('name what the programmes have instead of datagrams, and what helps', () => {
    const television = tablesOf([0x02, 0x04, 0x1b, 0x06, 0x85]);
    expect(transportStreamWarnings('a.ts', read(television))).toEqual([
      'a.ts is a transport stream without datagrams (its programmes have 2 video, 1 sound, 1 private data, 1 stream_type 0x85); it was recorded from another transponder or without the data PID, perhaps.',
    ]);
    expect(transportStreamWarnings('a.ts', read(uleStreamOf(SENT)))).toEqual([
      'a.ts is a transport stream without datagrams (its programmes have 1 ULE (RFC 4326)); ULE (RFC 4326) is not read here: let the tuner or its driver unpack it, and record the network interface with tcpdump.',
    ]);
    expect(transportStreamWarnings('a.ts', read(tablesOf([0x0b, 0x91])))[0]).toMatch(
      /; data carousel and ULE \(RFC 4326\) are not read here/,
    );
    expect(transportStreamWarnings('a.ts', read(concatBytes(television, streamOf(SENT))))).toEqual([]);
  });

  it('get a word on scrambling where it concerns the datagrams', () => {
    const television = Array.from({ length: 2000 }, (_, i) =>
      packetOf(0x200, bytesOf(184, i), { scrambling: 2, continuity: i & 15 }),
    );
    const multiplex = concatBytes(...packetsOf(streamOf(SENT)), ...television);
    expect(transportStreamWarnings('a.ts', read(multiplex))).toEqual([]);
    expect(transportStreamWarnings('a.ts', read(concatBytes(...television)))).toEqual([
      'a.ts is a transport stream without datagrams that can be read, and with 2,000 scrambled packets; it was recorded from another transponder or without the data PID, perhaps.',
    ]);
    const packets = packetsOf(streamOf(SENT)).map((packet) => packet.slice());
    const data = packets.filter((packet) => pidOf(packet) === 0x101);
    for (const packet of data) packet[3]! |= 0x80;
    expect(transportStreamWarnings('a.ts', read(concatBytes(...packets)))).toEqual([
      `a.ts holds ${data.length} scrambled packets of datagrams, left out.`,
    ]);
  });
});
