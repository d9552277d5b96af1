import { AlcError, type AlcPacket, type LctHeader, parseAlc } from '../../codecs/alc/index.js';
import { FDT_OBJECT_ID } from '../../codecs/auth/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createFdtCollector, type FdtCollector } from '../../encoder/inspect/fdt-collector.js';
import { objectIdOfFile } from '../../encoder/inspect/object-id.js';
import type { Channel, Datagram } from './index.js';

/** Instances of the table that are put together at most. */
const MAX_TABLES = 1024;

/** What everybody who hears a session learns from its file delivery tables. */
export interface OverheardTables<D extends Datagram> {
  /** Passes everything on, and listens. */
  listen: Channel<D>;
  /** Object id that signatures of the object's datagrams cover; zeroes while no table has named the object. */
  objectIdOf(lct: LctHeader): Uint8Array;
}

/** Lets a forger sign for the right object, as a real one would. */
export function overhearTables<D extends Datagram>(schemes: FecSchemes): OverheardTables<D> {
  const tables = new Map<string, FdtCollector>();
  const objectIds = new Map<string, Uint8Array>();
  const objectName = (lct: LctHeader) => `${lct.tsi} ${lct.toi}`;

  function hear(payload: Uint8Array): void {
    const packet = parse(payload, schemes);
    if (packet?.fdt === undefined || packet.lct.toi !== 0) return;
    const name = `${packet.lct.tsi} ${packet.fdt.instanceId}`;
    const known = tables.get(name);
    if (known?.fdt !== undefined || (known === undefined && tables.size === MAX_TABLES)) return;
    const table = known ?? createFdtCollector(schemes);
    tables.set(name, table);
    table.add(packet);
    for (const file of table.fdt?.files ?? []) {
      const objectId = objectIdOfFile(nodeCrypto, schemes, file);
      if (objectId !== undefined) objectIds.set(objectName({ ...packet.lct, toi: file.toi }), objectId);
    }
  }

  return {
    async *listen(sent) {
      for await (const datagram of sent) {
        hear(datagram.payload);
        yield datagram;
      }
    },
    objectIdOf: (lct) => objectIds.get(objectName(lct)) ?? FDT_OBJECT_ID,
  };
}

/** The datagram as an ALC packet; undefined when it is none. */
function parse(payload: Uint8Array, schemes: FecSchemes): AlcPacket | undefined {
  try {
    return parseAlc(payload, schemes);
  } catch (error) {
    if (error instanceof AlcError) return undefined;
    throw error;
  }
}
