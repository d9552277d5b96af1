import type { AlcPacket } from '../../codecs/alc/index.js';
import { type Fdt, FdtError, parseFdt } from '../../codecs/fdt/index.js';
import type { BlockDecoder, FecSchemes } from '../../codecs/fec/index.js';

/** Longer tables are not put together. */
const MAX_TABLE_BYTES = 65_536;

/** Puts one FDT instance together from its datagrams. */
export interface FdtCollector {
  /** The table, once it is complete and could be read. */
  readonly fdt: Fdt | undefined;
  /** Why the complete table could not be read. */
  readonly problem: string | undefined;
  /** Takes the symbols of a datagram of TOI 0. */
  add(packet: AlcPacket): void;
}

export function createFdtCollector(schemes: FecSchemes): FdtCollector {
  let fdt: Fdt | undefined;
  let problem: string | undefined;
  let started: BlockDecoder | undefined;

  function start({ lct, fti }: AlcPacket): BlockDecoder | undefined {
    const scheme = schemes.get(lct.codepoint);
    if (scheme === undefined || fti === undefined || fti.transferLength > MAX_TABLE_BYTES) return undefined;
    const [block, ...more] = scheme.blocks(fti);
    if (block === undefined || more.length > 0) return undefined;
    return scheme.createBlockDecoder(fti, block);
  }

  return {
    get fdt() {
      return fdt;
    },
    get problem() {
      return problem;
    },
    add(packet) {
      if (fdt !== undefined || problem !== undefined || packet.payloadId?.sbn !== 0) return;
      started ??= start(packet);
      if (started === undefined) return;
      if (!started.add(packet.payloadId.esi, packet.payload) || !started.tryDecode()) return;
      try {
        fdt = parseFdt(started.data());
      } catch (error) {
        if (!(error instanceof FdtError)) throw error;
        problem = error.message;
      }
      started.free();
    },
  };
}
