import { beforeAll, describe, expect, it } from 'vitest';
import { parseAlc } from '../../codecs/alc/index.js';
import { CERTIFICATE_LENGTH } from '../../codecs/auth/index.js';
import { type FdtFile, parseFdt } from '../../codecs/fdt/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { ENCODING_ID, planBlocks } from './blocks.js';
import type { AnnouncedObject } from './fdt.js';
import { toiOf } from './session.js';
import { createTables, leastTableDatagrams, type TablesOptions, tableDatagrams } from './tables.js';

let schemes: FecSchemes;
let options: TablesOptions;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  options = {
    tsi: 16,
    authDepth: 0,
    mtu: 1500,
    packetOverhead: 28,
    fluteVersion: 2,
    certificate: new Uint8Array(CERTIFICATE_LENGTH),
    crypto: nodeCrypto,
    fec: 'raptorq',
    scheme: schemes.get(ENCODING_ID.raptorq)!,
    expires: 1_800_000_000,
  };
});

const objects: AnnouncedObject[] = Array.from({ length: 40 }, (_, i) => {
  const sha256 = nodeCrypto.sha256(Uint8Array.of(i));
  const toi = toiOf(sha256);
  return { toi, contentLocation: `${toi}.tar.zst`, sha256, parameters: planBlocks('raptorq', 1e5 + i, 1388) };
});

/** What each table says, read from one datagram of it, and its instance ID. */
function read(changes: Partial<TablesOptions> = {}, some = objects) {
  const tables = createTables(some, { ...options, ...changes });
  return tables.map((table) => {
    const { fdt, payload } = parseAlc(table.next(0), schemes);
    table.free();
    return { id: fdt!.instanceId, tois: table.tois, files: parseFdt(payload).files };
  });
}

describe('createTables', () => {
  it('divides objects among tables that have room in one datagram, in their order', () => {
    const tables = read();
    expect(tables.length).toBeGreaterThan(1);
    expect(tables.length).toBeLessThan(objects.length / 4);
    expect(tables.flatMap(({ tois }) => tois)).toEqual(objects.map(({ toi }) => toi));
    const found = tables.flatMap(({ files }) => files);
    const described = ({ toi, sha256, transferLength, contentEncoding, fec }: FdtFile) => [
      ...[toi, sha256, transferLength, contentEncoding, fec.encodingId],
      fec.attributes['FEC-OTI-Encoding-Symbol-Length'],
    ];
    expect(found.map(described)).toEqual(
      objects.map(({ toi, sha256, parameters }) => [
        ...[toi, sha256, parameters.transferLength, 'zstd', 6],
        '1388',
      ]),
    );
  });

  it('gives a table the same instance ID in every run, and another one when it says something else', () => {
    const ids = (tables: ReturnType<typeof read>) => tables.map(({ id }) => id);
    const all = ids(read());
    expect(ids(read())).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
    // another last object leaves the other tables as they are
    expect(ids(read({}, objects.slice(0, -1))).slice(0, -1)).toEqual(all.slice(0, -1));
    expect(ids(read({ expires: 1_800_000_001 }))[0]).not.toBe(all[0]);
  });
});

describe('tableDatagrams', () => {
  it('is a datagram in a hundred, and more where few are sent or many are lost', () => {
    const one = [{ sourceSymbols: 1 }];
    expect(tableDatagrams(60_000, one, 0.1)).toBe(600);
    expect(tableDatagrams(60_000, [...one, ...one, ...one], 0.1)).toBe(600);
    for (const loss of [0, 0.1, 0.3, 0.6, 0.9]) {
      const count = tableDatagrams(10, one, loss);
      expect(count).toBe(leastTableDatagrams(one, loss));
      // not one more than makes it as unlikely to miss a table
      expect(Math.max(loss, 0.01) ** count).toBeLessThan(1.0001e-4);
      expect(Math.max(loss, 0.01) ** (count - 1)).toBeGreaterThan(1.0001e-4);
      expect(count).toBeGreaterThanOrEqual(2);
    }
    expect(tableDatagrams(10, [{ sourceSymbols: 5 }], 0.3)).toBeGreaterThan(tableDatagrams(10, one, 0.3));
  });
});
