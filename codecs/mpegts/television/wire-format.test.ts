import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../bytes.js';
import { buildTelevisionSdt, SERVICE, ServiceType } from '../sdt.js';
import { segmentMessage, seiMessage, userDataMessage } from './messages.js';
import { televisionPids } from './programme.js';
import { buildTelevisionPmt } from './tables.js';

const page = readFileSync(new URL('../../../docs/transport-stream.md', import.meta.url), 'utf8');
const vectors = new Map<string, string>();
for (const [, name, text] of page.matchAll(/^```hex (\S+)\n([^`]*)^```$/gm)) {
  vectors.set(name!, text!.replace(/;.*$/gm, '').replace(/\s/g, ''));
}

const DATAGRAM = fromHex('10000000016162');

describe('docs/transport-stream.md', () => {
  it.each([
    ['sei-message', seiMessage(DATAGRAM, 258)],
    ['user-data-message', userDataMessage(DATAGRAM, 258)],
    ['segment-message', segmentMessage(DATAGRAM, 258)],
    ['television-pmt', buildTelevisionPmt(SERVICE.serviceId, televisionPids(1), true)],
    ['television-sdt', buildTelevisionSdt({ ...SERVICE, serviceName: 'datacast' }, ServiceType.television)],
  ])('has %s as it is written', (name, bytes) => {
    expect(vectors.get(name)).toBe(toHex(bytes));
    vectors.delete(name);
  });

  it('has no other vectors', () => {
    expect([...vectors.keys()]).toEqual([]);
  });
});
