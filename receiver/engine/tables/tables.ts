import { findExtension, HET, parseContentEncoding } from '../../../codecs/alc/index.js';
import { concatBytes, copyBytes } from '../../../codecs/bytes.js';
import { FdtError } from '../../../codecs/fdt/index.js';
import type { BlockDecoder, FecSchemes, ObjectParameters, SourceBlock } from '../../../codecs/fec/index.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { addSymbols, symbolCount } from '../processing/symbols.js';
import { decodeTable } from './table-content.js';

/** Puts file delivery tables together, each instance an object of its own (RFC 6726 section 3.3). */
export interface Tables {
  /**
   * Takes a datagram of TOI 0 that has EXT_FDT and symbols.
   *
   * @returns the table when the datagram completes it; tables of different sessions are never mixed
   * @throws FdtError, FecError or AlcError when the datagram or the table is of no use
   */
  add(datagram: ReceivedDatagram): Promise<WholeTable | undefined>;
}

export interface WholeTable {
  readonly xml: Uint8Array;
  /** Those that were needed for it; none when they are very long for what they hold. */
  readonly datagrams: readonly Uint8Array[];
}

interface Table {
  readonly parameters: ObjectParameters;
  readonly blocks: readonly SourceBlock[];
  readonly decoders: Map<number, BlockDecoder>;
  readonly rebuilt: Map<number, Uint8Array>;
  readonly datagrams: Uint8Array[];
  /** Of the datagrams. */
  bytes: number;
}

/** Datagrams of a table are at most so many times as long as any table. */
const MAX_EXPANSION = 4;

/** @param limits `maxFdtBytes` and `maxTables`: the table unused for longest goes first */
export function createTables(
  schemes: FecSchemes,
  limits: Pick<ReceiverLimits, 'maxFdtBytes' | 'maxTables'>,
): Tables {
  const inWork = new Map<string, Table>();

  function tableOf(key: string, parameters: ObjectParameters): Table {
    const known = inWork.get(key);
    inWork.delete(key);
    const blocks = known?.blocks ?? schemes.get(parameters.encodingId)!.blocks(parameters);
    const table: Table = known ?? {
      parameters,
      blocks,
      decoders: new Map(),
      rebuilt: new Map(),
      datagrams: [],
      bytes: 0,
    };
    inWork.set(key, table);
    if (inWork.size > limits.maxTables) forget(inWork.keys().next().value!);
    return table;
  }

  function forget(key: string): void {
    for (const decoder of inWork.get(key)?.decoders.values() ?? []) decoder.free();
    inWork.delete(key);
  }

  function keep(table: Table, datagram: Uint8Array): void {
    table.bytes += datagram.length;
    if (table.bytes > MAX_EXPANSION * limits.maxFdtBytes) table.datagrams.length = 0;
    else table.datagrams.push(copyBytes(datagram));
  }

  /** The table and its transfer object, once it is complete. */
  function addToTable(
    key: string,
    { bytes: datagram, packet, payloadId }: ReceivedDatagram,
    parameters: ObjectParameters,
  ): { table: Table; bytes: Uint8Array } | undefined {
    const scheme = schemes.get(parameters.encodingId)!;
    const table = tableOf(key, parameters);
    const { sbn, esi } = payloadId;
    const block = table.blocks[sbn];
    const count = block && symbolCount(packet.payload, esi, parameters, block);
    if (block === undefined || count === undefined) {
      throw new FdtError(`The FDT has no symbol ${esi} of ${packet.payload.length} bytes in block ${sbn}.`);
    }
    if (table.rebuilt.has(sbn)) return undefined;
    const decoder = table.decoders.get(sbn) ?? scheme.createBlockDecoder(parameters, block);
    table.decoders.set(sbn, decoder);
    const before = decoder.received;
    addSymbols(decoder, packet, parameters.symbolSize);
    if (decoder.received > before) keep(table, datagram);
    if (decoder.received < block.sourceSymbols || !decoder.tryDecode()) return undefined;
    table.rebuilt.set(sbn, decoder.data());
    decoder.free();
    table.decoders.delete(sbn);
    if (table.rebuilt.size < table.blocks.length) return undefined;
    forget(key);
    return { table, bytes: concatBytes(...table.blocks.map((each) => table.rebuilt.get(each.sbn)!)) };
  }

  return {
    async add(datagram) {
      const { packet, bytes, session } = datagram;
      const { fti, fdt, lct } = packet;
      if (fti === undefined) throw new FdtError('The FDT comes without EXT_FTI, so its length is not known.');
      if (fti.transferLength > limits.maxFdtBytes) {
        throw new FdtError(`The FDT has ${fti.transferLength} bytes; ${limits.maxFdtBytes} are allowed.`);
      }
      const cenc = findExtension(lct, HET.CENC);
      const encoding = cenc === undefined ? 'null' : parseContentEncoding(bytes, cenc);
      const key = `${session} ${fdt!.instanceId} ${encoding} ${JSON.stringify(fti)}`;
      const whole = addToTable(key, datagram, fti);
      if (whole === undefined) return undefined;
      const xml = await decodeTable(whole.bytes, encoding, limits.maxFdtBytes);
      return { xml, datagrams: whole.table.datagrams };
    },
  };
}
