import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fromHex, utf8Encode } from '../../../codecs/bytes.js';
import { RECORD_HEADER_BYTES, readRecord, writeRecord } from './record.js';

const PAGE = readFileSync(new URL('../../../docs/receiver-library.md', import.meta.url), 'utf8');

it('writes and reads the record of docs/receiver-library.md', () => {
  const [, hex] = /^```hex journal-record\n(.*?)^```$/ms.exec(PAGE)!;
  const bytes = fromHex(hex!.replace(/\s/g, ''));
  const record = { group: 3, flow: utf8Encode('a'), datagram: Uint8Array.of(0x10, 0) };
  const written = new Uint8Array(100);
  expect(written.subarray(0, writeRecord(written, record))).toEqual(bytes);
  expect(readRecord(bytes, 0, 0)).toMatchObject(record);
  expect(PAGE).toContain(`with ${RECORD_HEADER_BYTES} bytes for each in a directory`);
});
