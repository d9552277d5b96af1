import { buildAlc, buildFdtExtension, buildLct, buildTime } from '../../codecs/alc/index.js';
import { buildCertExtension } from '../../codecs/auth/index.js';
import { readUint, utf8Encode } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { buildFdt, FDT_NAMESPACE_V1, FDT_NAMESPACE_V2 } from '../../codecs/fdt/index.js';
import type { FecScheme, ObjectParameters } from '../../codecs/fec/index.js';
import { ntpFromUnix } from '../../codecs/ntp.js';
import { ALIGNMENT, type FecName, planBlocks, symbolSize } from './blocks.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from './session.js';

/** 1: RFC 3926 with the namespace of 3GPP; 2: RFC 6726. */
export type FluteVersion = 1 | 2;

/** An object as a table announces it. */
export interface AnnouncedObject {
  readonly toi: number;
  /** Name of the object; no path. */
  readonly contentLocation: string;
  /** Of the transfer object, 32 bytes. */
  readonly sha256: Uint8Array;
  readonly parameters: ObjectParameters;
  /** Of an index: its sequence number, and the text of the publisher's minisign signature file. */
  readonly edition?: { readonly sequence: number; readonly signature: string };
}

export interface TableOptions {
  readonly fluteVersion: FluteVersion;
  /** Unix time in seconds from which on the table is void. */
  readonly expires: number;
  readonly scheme: Pick<FecScheme, 'attributesFrom'>;
}

/** The XML of a table of some objects (RFC 6726 section 3.4.2). */
export function tableXml(
  objects: readonly AnnouncedObject[],
  { fluteVersion, expires, scheme }: TableOptions,
): Uint8Array {
  const xml = buildFdt({
    namespace: fluteVersion === 1 ? FDT_NAMESPACE_V1 : FDT_NAMESPACE_V2,
    expires: ntpFromUnix(expires),
    files: objects.map(({ toi, contentLocation, sha256, parameters, edition }) => ({
      toi,
      contentLocation,
      contentType: edition === undefined ? 'application/x-tar' : 'application/json',
      contentEncoding: 'zstd',
      transferLength: parameters.transferLength,
      fec: { encodingId: parameters.encodingId, attributes: scheme.attributesFrom(parameters) },
      sha256,
      ...edition,
    })),
  });
  return utf8Encode(xml);
}

/** FDT instance IDs have 20 bits. */
const INSTANCE_BITS = 20;

/** The FDT instance ID of a table follows from its text: the same table has the same ID in every run and at every uplink. */
export function instanceIdOf(crypto: Crypto, xml: Uint8Array): number {
  return readUint(crypto.sha256(xml), 0, 4) >>> (32 - INSTANCE_BITS);
}

/**
 * Divides objects among tables, in their order: as many in each as have room in one datagram.
 *
 * @param room bytes of XML that one datagram has room for
 */
export function divideAmongTables(
  objects: readonly AnnouncedObject[],
  room: number,
  options: TableOptions,
): AnnouncedObject[][] {
  const tables: AnnouncedObject[][] = [];
  for (const object of objects) {
    const table = tables.at(-1);
    if (table !== undefined && tableXml([...table, object], options).length <= room) table.push(object);
    else tables.push([object]);
  }
  return tables;
}

/** Makes the datagrams of the table. */
export interface FdtDatagrams {
  /** Symbols that the table has: 1 unless packets are very short. */
  readonly sourceSymbols: number;
  /** Bytes of each datagram. */
  readonly datagramLength: number;
  /** Symbols that do not repeat an earlier one where the code has such, cyclic otherwise. */
  next(senderTime: number): Uint8Array;
  /** Gives the encoder's memory back; no datagram can be made afterwards. */
  free(): void;
}

export interface FdtTransport extends Session {
  readonly fluteVersion: FluteVersion;
  /** FDT instance ID, 20 bits. */
  readonly instanceId: number;
  /** Uplink certificate, 158 bytes; in every datagram, so that each can be checked by itself. */
  readonly certificate: Uint8Array;
}

const LINE_END = 0x0a;

/** Bytes of a table's datagram before its symbol, and those of the symbol. @throws EncodeError when the MTU leaves none */
export function fdtRoom(
  fec: FecName,
  scheme: FecScheme,
  transport: Omit<FdtTransport, 'instanceId'>,
): { readonly headerLength: number; readonly room: number } {
  // The length of EXT_FTI depends on the scheme alone.
  const fti = scheme.buildFti(planBlocks(fec, 1, ALIGNMENT));
  const headerLength = fdtHeader({ ...transport, instanceId: 0 }, scheme, fti, 0).length;
  const overhead = transport.packetOverhead + headerLength + scheme.payloadIdLength;
  return { headerLength, room: symbolSize(transport.mtu, overhead) };
}

/** The LCT header of a table's datagram, without signature. */
function fdtHeader(
  transport: FdtTransport,
  { encodingId }: FecScheme,
  fti: Uint8Array,
  senderTime: number,
): Uint8Array {
  const { tsi, fluteVersion, instanceId, certificate } = transport;
  return buildLct({ tsi, toi: 0, codepoint: encodingId, ...SHORT_IDENTIFIERS }, [
    blankAuth(transport),
    buildFdtExtension({ fluteVersion, instanceId }),
    fti,
    buildTime({ senderTime }),
    buildCertExtension(certificate),
  ]);
}

/**
 * Cuts the table into symbols, into one if it fits in a packet.
 *
 * @param scheme the scheme named by `fec`
 */
export function createFdtDatagrams(
  xml: Uint8Array,
  fec: FecName,
  scheme: FecScheme,
  transport: FdtTransport,
): FdtDatagrams {
  const { headerLength, room } = fdtRoom(fec, scheme, transport);
  const sourceSymbols = Math.ceil(xml.length / room);
  const size = ALIGNMENT * Math.ceil(xml.length / sourceSymbols / ALIGNMENT);
  // White space may follow the root element: no symbol is short, none has bytes that are not XML.
  const table = new Uint8Array(sourceSymbols * size).fill(LINE_END);
  table.set(xml);

  const parameters = planBlocks(fec, table.length, size);
  const block = scheme.blocks(parameters)[0]!;
  // A table of one symbol is readable in each datagram; any other symbol of it would say no more.
  const encoder = sourceSymbols === 1 ? undefined : scheme.createBlockEncoder(parameters, block, table);
  const symbols = sourceSymbols === 1 ? 1 : scheme.maxEsi(parameters, block) + 1;
  const fti = scheme.buildFti(parameters);
  let esi = -1;
  return {
    sourceSymbols,
    datagramLength: headerLength + scheme.payloadIdLength + size,
    next(senderTime) {
      esi = (esi + 1) % symbols;
      return buildAlc(
        fdtHeader(transport, scheme, fti, senderTime),
        scheme,
        { sbn: 0, esi },
        encoder?.symbol(esi) ?? table,
      );
    },
    free: () => encoder?.free(),
  };
}
