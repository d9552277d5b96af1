import { beforeAll, describe, expect, it } from 'vitest';
import { findExtension, HET, parseAlc, parseTime } from '../../codecs/alc/index.js';
import { CERTIFICATE_LENGTH, parseAuth } from '../../codecs/auth/index.js';
import { utf8Encode } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { ENCODING_ID, type FecName } from './blocks.js';
import { createFdtDatagrams, type FdtTransport } from './fdt.js';
import { isFdtDatagram } from './session.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

const transport: FdtTransport = {
  tsi: 16,
  authDepth: 2,
  mtu: 1500,
  packetOverhead: 28,
  fluteVersion: 2,
  instanceId: 12,
  certificate: Uint8Array.of(1, ...new Uint8Array(CERTIFICATE_LENGTH - 1)),
};

function createDatagrams(xmlBytes: number, fec: FecName, changes: Partial<FdtTransport> = {}) {
  const xml = utf8Encode('x'.repeat(xmlBytes));
  return createFdtDatagrams(xml, fec, schemes.get(ENCODING_ID[fec])!, { ...transport, ...changes });
}

describe('createFdtDatagrams', () => {
  it.each<FecName>(['raptorq', 'no-code'])('repeats a table that fits in one datagram: %s', (fec) => {
    const fdt = createDatagrams(801, fec);
    expect(fdt.sourceSymbols).toBe(1);
    for (const time of [1_700_000_000.25, 1_700_000_001.5]) {
      const datagram = fdt.next(time);
      expect(datagram.length).toBe(fdt.datagramLength);
      expect(isFdtDatagram(datagram)).toBe(true);
      const packet = parseAlc(datagram, schemes);
      expect(packet).toMatchObject({
        lct: { tsi: 16, toi: 0, codepoint: ENCODING_ID[fec] },
        payloadId: { sbn: 0, esi: 0 },
        fdt: { fluteVersion: 2, instanceId: 12 },
        fti: { transferLength: 804, symbolSize: 804 },
      });
      expect(packet.payload.subarray(0, 801).every((byte) => byte === 0x78)).toBe(true);
      expect(parseTime(datagram, findExtension(packet.lct, HET.TIME)!).senderTime).toBeCloseTo(time, 6);
      expect(parseAuth(datagram, packet.authOffset!)).toMatchObject({ depth: 2, leafIndex: 0 });
      expect(findExtension(packet.lct, HET.CERT)).toBeDefined();
    }
    fdt.free();
  });

  it('sends new symbols of a table that does not fit', () => {
    const fdt = createDatagrams(801, 'raptorq', { mtu: 576 });
    expect(fdt.sourceSymbols).toBeGreaterThan(2);
    expect(fdt.datagramLength).toBeLessThanOrEqual(576 - 28);
    for (let esi = 0; esi < 20; esi++) {
      expect(parseAlc(fdt.next(0), schemes).payloadId).toEqual({ sbn: 0, esi });
    }
    fdt.free();
  });

  it('begins again without a code', () => {
    const fdt = createDatagrams(801, 'no-code', { mtu: 576 });
    const esis = Array.from(
      { length: 2 * fdt.sourceSymbols },
      () => parseAlc(fdt.next(0), schemes).payloadId!.esi,
    );
    const once = Array.from({ length: fdt.sourceSymbols }, (_, esi) => esi);
    expect(esis).toEqual([...once, ...once]);
  });
});
