import { describe, expect, it } from 'vitest';
import { concatBytes } from '../codecs/bytes.js';
import { bytesOf, streamOf } from '../codecs/mpegts/testing.js';
import { createRecordingReader } from '../codecs/recording/index.js';
import { transportStreamWarnings } from './transport-stream.js';

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
    expect(transportStreamWarnings('a.ts', read(tables))[0]).toMatch(/without datagrams/);
  });
});
