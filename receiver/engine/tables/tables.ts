import { findExtension, HET, parseContentEncoding } from '../../../codecs/alc/index.js';
import { concatBytes, copyBytes } from '../../../codecs/bytes.js';
import { FdtError } from '../../../codecs/fdt/index.js';
import type { FecSchemes, ObjectParameters, SourceBlock } from '../../../codecs/fec/index.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { symbolCount } from '../processing/symbols.js';
import { decodeTable } from './table-content.js';

/** Puts file delivery tables together, each instance an object of its own (RFC 6726 section 3.3). */
export interface Tables {
  /**
   * Takes a datagram of TOI 0 that has EXT_FDT and symbols.
   *
   * @param source who vouches for it: session and uplink key, whose tables are never mixed with others
   * @param publisher of the uplink key; undefined: nobody signed the table
   * @returns the table when the datagram completes it
   * @throws FdtError, FecError or AlcError when the datagram or the table is of no use
   */
  add(
    datagram: ReceivedDatagram,
    source: string,
    publisher: string | undefined,
  ): Promise<WholeTable | undefined>;
}

export interface WholeTable {
  readonly xml: Uint8Array;
  /** Those that were needed for it; none when they are very long for what they hold. */
  readonly datagrams: readonly Uint8Array[];
}

/** A table in work. */
interface Table {
  readonly publisher: string | undefined;
  readonly parameters: ObjectParameters;
  readonly blocks: readonly TableBlock[];
  /** Of the symbols, as long as they are not many times what any table has. */
  readonly datagrams: Uint8Array[];
  /** Of the datagrams that had something new. */
  bytes: number;
  /** Symbols held, of all blocks. */
  symbols: number;
}

/** A block takes what its symbols take, whatever is announced: the decoder is made when there are enough. */
interface TableBlock {
  readonly source: SourceBlock;
  readonly symbols: Map<number, Uint8Array>;
  rebuilt: Uint8Array | undefined;
}

/** Datagrams of a table are at most so many times as long as any table. */
const MAX_EXPANSION = 4;
/** Blocks of a table, which is short. */
const MAX_BLOCKS = 64;
/** Symbols of all tables in work, each of which takes some memory however short it is. */
const MAX_SYMBOLS = 65_536;

/** Datagrams of all tables in work are at most so many times as long as any table. */
const MAX_HELD = 64;

/**
 * @param limits `maxFdtBytes` and `maxTables`: when there are too many, one that nobody signed goes first, and then one of the
 *   publisher who takes most; of these the one that got nothing new for longest
 */
export function createTables(
  schemes: FecSchemes,
  limits: Pick<ReceiverLimits, 'maxFdtBytes' | 'maxTables'>,
): Tables {
  /** The one that got nothing new for longest first. */
  const inWork = new Map<string, Table>();
  /** Of all tables in work. */
  const held = { symbols: 0, bytes: 0 };

  function begin(parameters: ObjectParameters, publisher: string | undefined): Table {
    const sources = schemes.get(parameters.encodingId)!.blocks(parameters);
    if (sources.length > MAX_BLOCKS)
      throw new FdtError(`The FDT has ${sources.length} blocks; ${MAX_BLOCKS} are allowed.`);
    const blocks = sources.map((source) => ({ source, symbols: new Map(), rebuilt: undefined }));
    return { publisher, parameters, blocks, datagrams: [], bytes: 0, symbols: 0 };
  }

  /** Keeps the symbols of a datagram; false when it has none that are new. */
  function keep(table: Table, block: TableBlock, { packet, payloadId, bytes }: ReceivedDatagram): boolean {
    const { symbolSize } = table.parameters;
    const before = block.symbols.size;
    let { esi } = payloadId;
    for (let offset = 0; offset < packet.payload.length; offset += symbolSize, esi++) {
      if (!block.symbols.has(esi)) block.symbols.set(esi, packet.payload.slice(offset, offset + symbolSize));
    }
    const added = block.symbols.size - before;
    if (added === 0) return false;
    table.symbols += added;
    table.bytes += bytes.length;
    held.symbols += added;
    held.bytes += bytes.length;
    if (table.bytes > MAX_EXPANSION * limits.maxFdtBytes) table.datagrams.length = 0;
    else table.datagrams.push(copyBytes(bytes));
    return true;
  }

  /** The block, when its symbols are enough. */
  function decode({ parameters }: Table, { source, symbols: held }: TableBlock): Uint8Array | undefined {
    if (held.size < source.sourceSymbols) return undefined;
    const decoder = schemes.get(parameters.encodingId)!.createBlockDecoder(parameters, source);
    try {
      for (const [esi, symbol] of held) decoder.add(esi, symbol);
      return decoder.tryDecode() ? decoder.data() : undefined;
    } finally {
      decoder.free();
    }
  }

  function remove(key: string): void {
    const table = inWork.get(key);
    if (table === undefined) return;
    inWork.delete(key);
    held.symbols -= table.symbols;
    held.bytes -= table.bytes;
  }

  /** The table that got something new is the last of its publisher's to make room. */
  function putLast(key: string, table: Table): void {
    inWork.delete(key);
    inWork.set(key, table);
    while (inWork.size > 1 && isFull()) remove(findLeast());
  }

  function isFull(): boolean {
    const { maxTables, maxFdtBytes } = limits;
    return inWork.size > maxTables || held.symbols > MAX_SYMBOLS || held.bytes > MAX_HELD * maxFdtBytes;
  }

  function findLeast(): string {
    const taken = new Map<string | undefined, number>();
    for (const { publisher, bytes } of inWork.values())
      taken.set(publisher, (taken.get(publisher) ?? 0) + bytes);
    const most = taken.has(undefined) ? undefined : [...taken].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
    for (const [key, { publisher }] of inWork) if (publisher === most) return key;
    throw new RangeError('There is no table in work.');
  }

  /** The table and its transfer object, once it is complete. */
  function addToTable(
    key: string,
    datagram: ReceivedDatagram,
    parameters: ObjectParameters,
    publisher: string | undefined,
  ): { table: Table; bytes: Uint8Array } | undefined {
    const table = inWork.get(key) ?? begin(parameters, publisher);
    const { sbn, esi } = datagram.payloadId;
    const { payload } = datagram.packet;
    const block = table.blocks[sbn];
    const count = block && symbolCount(payload, esi, parameters, block.source);
    const { maxEsi } = schemes.get(parameters.encodingId)!;
    if (block === undefined || count === undefined || esi + count - 1 > maxEsi(parameters, block.source)) {
      throw new FdtError(`The FDT has no symbol ${esi} of ${payload.length} bytes in block ${sbn}.`);
    }
    if (block.rebuilt !== undefined) return undefined;
    if (!keep(table, block, datagram)) return undefined;
    putLast(key, table);
    block.rebuilt = decode(table, block);
    const whole = table.blocks.flatMap(({ rebuilt }) => rebuilt ?? []);
    if (whole.length < table.blocks.length) return undefined;
    remove(key);
    return { table, bytes: concatBytes(...whole) };
  }

  return {
    async add(datagram, source, publisher) {
      const { packet, bytes } = datagram;
      const { fti, fdt, lct } = packet;
      if (fti === undefined) throw new FdtError('The FDT comes without EXT_FTI, so its length is not known.');
      if (fti.transferLength > limits.maxFdtBytes) {
        throw new FdtError(`The FDT has ${fti.transferLength} bytes; ${limits.maxFdtBytes} are allowed.`);
      }
      const cenc = findExtension(lct, HET.CENC);
      const encoding = cenc === undefined ? 'null' : parseContentEncoding(bytes, cenc);
      const key = `${source} ${fdt!.instanceId} ${encoding} ${JSON.stringify(fti)}`;
      const whole = addToTable(key, datagram, fti, publisher);
      if (whole === undefined) return undefined;
      const xml = await decodeTable(whole.bytes, encoding, limits.maxFdtBytes);
      return { xml, datagrams: whole.table.datagrams };
    },
  };
}
