import { buildAlc, buildFdtExtension, buildLct, buildTime } from '../../codecs/alc/index.js';
import { buildCertExtension } from '../../codecs/auth/index.js';
import { utf8Encode } from '../../codecs/bytes.js';
import { buildFdt, FDT_NAMESPACE_V1, FDT_NAMESPACE_V2 } from '../../codecs/fdt/index.js';
import type { FecScheme, ObjectParameters } from '../../codecs/fec/index.js';
import { ntpFromUnix } from '../../codecs/ntp.js';
import { ALIGNMENT, type FecName, planBlocks, symbolSize } from './blocks.js';
import { symbolsToSend } from './repair.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from './session.js';

/** 1: RFC 3926 with the namespace of 3GPP; 2: RFC 6726. */
export type FluteVersion = 1 | 2;

/** What the table says of the one object of a session. */
export interface FdtContent {
  readonly fluteVersion: FluteVersion;
  /** Unix time in seconds from which on the table is void. */
  readonly expires: number;
  readonly toi: number;
  /** Name of the content, without `.tar.zst`. */
  readonly name: string;
  /** Bytes of the tar archive. */
  readonly contentLength: number;
  readonly sha256: Uint8Array;
  readonly sequence: number;
  /** Text of the minisign signature file. */
  readonly signature: string;
}

/** The XML of the table (RFC 6726 section 3.4.2). */
export function sessionFdt(
  content: FdtContent,
  scheme: Pick<FecScheme, 'attributesFrom'>,
  parameters: ObjectParameters,
): Uint8Array {
  const { fluteVersion, expires, toi, name, contentLength, sha256, sequence, signature } = content;
  const xml = buildFdt({
    namespace: fluteVersion === 1 ? FDT_NAMESPACE_V1 : FDT_NAMESPACE_V2,
    expires: ntpFromUnix(expires),
    files: [
      {
        toi,
        contentLocation: `${encodeURIComponent(name)}.tar.zst`,
        contentType: 'application/x-tar',
        contentEncoding: 'zstd',
        contentLength,
        transferLength: parameters.transferLength,
        fec: { encodingId: parameters.encodingId, attributes: scheme.attributesFrom(parameters) },
        sha256,
        sequence,
        signature,
      },
    ],
  });
  return utf8Encode(xml);
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
  /** Uplink certificate, 134 bytes; in every datagram, so that each can be checked by itself. */
  readonly certificate: Uint8Array;
}

const LINE_END = 0x0a;

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
  const { tsi, fluteVersion, instanceId, certificate, mtu, packetOverhead } = transport;
  const auth = blankAuth(transport);
  const fdtExtension = buildFdtExtension({ fluteVersion, instanceId });
  const certExtension = buildCertExtension(certificate);
  const header = (fti: Uint8Array, senderTime: number) =>
    buildLct({ tsi, toi: 0, codepoint: scheme.encodingId, ...SHORT_IDENTIFIERS }, [
      auth,
      fdtExtension,
      fti,
      buildTime({ senderTime }),
      certExtension,
    ]);

  // The length of EXT_FTI depends on the scheme alone.
  const headerLength = header(scheme.buildFti(planBlocks(fec, xml.length, ALIGNMENT)), 0).length;
  const room = symbolSize(mtu, packetOverhead + headerLength + scheme.payloadIdLength);
  const sourceSymbols = Math.ceil(xml.length / room);
  const size = ALIGNMENT * Math.ceil(xml.length / sourceSymbols / ALIGNMENT);
  // White space may follow the root element: no symbol is short, none has bytes that are not XML.
  const table = new Uint8Array(sourceSymbols * size).fill(LINE_END);
  table.set(xml);

  const parameters = planBlocks(fec, table.length, size);
  const block = scheme.blocks(parameters)[0]!;
  const encoder = scheme.createBlockEncoder(parameters, block, table);
  // A table of one symbol is readable in each datagram; any other symbol of it would say no more.
  const symbols = sourceSymbols === 1 ? 1 : scheme.maxEsi(parameters, block) + 1;
  const fti = scheme.buildFti(parameters);
  let esi = -1;
  return {
    sourceSymbols,
    datagramLength: headerLength + scheme.payloadIdLength + size,
    next(senderTime) {
      esi = (esi + 1) % symbols;
      return buildAlc(header(fti, senderTime), scheme, { sbn: 0, esi }, encoder.symbol(esi));
    },
    free: () => encoder.free(),
  };
}

/** The table takes at least one datagram in a hundred of the object. */
const LEAST_SHARE = 0.01;
/** The chance to miss the table altogether at the loss that the repair is made for. */
const MISS_PROBABILITY = 1e-5;
/** Loss that the table is made for at least: a few datagrams more cost nothing. */
const LEAST_LOSS = 0.1;

/**
 * How many datagrams of the table to send along with an object.
 *
 * @param fdtSymbols source symbols of the table
 * @param loss independent loss that the object's repair is made for, below 1
 */
export function fdtRepetitions(objectDatagrams: number, fdtSymbols: number, loss: number): number {
  const needed = symbolsToSend(fdtSymbols, Math.max(loss, LEAST_LOSS), MISS_PROBABILITY);
  return Math.max(needed, Math.ceil(objectDatagrams * LEAST_SHARE));
}
