import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../codecs/bytes.js';
import { bytesOf, packetOf, packetsOf, pidOf, streamOf } from '../../codecs/mpegts/testing.js';
import { createRecordingReader } from '../../codecs/recording/index.js';
import { transportStreamWarnings } from './transport-stream-warnings.js';

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
    expect(transportStreamWarnings('a.ts', read(tables))[0]).toMatch(/without datagrams;/);
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
