import { FecError } from '../fec/error.js';
import type { FecScheme, FecSchemes, ObjectParameters, PayloadId } from '../fec/scheme.js';
import { AlcError, LctError } from './error.js';
import { type FdtExtension, HET, parseFdtExtension } from './extensions.js';
import { type HeaderExtension, type LctHeader, parseLct } from './lct.js';

/** An ALC packet (RFC 5775 section 4.1): LCT header, FEC payload ID, encoding symbols. */
export interface AlcPacket {
  readonly lct: LctHeader;
  /** Of the first symbol in the payload; undefined in a datagram that is a header alone (RFC 5775 section 4.1). */
  readonly payloadId: PayloadId | undefined;
  /** One or more encoding symbols with consecutive ESIs; a view of the datagram. */
  readonly payload: Uint8Array;
  /** Byte offset of EXT_AUTH in the datagram. */
  readonly authOffset: number | undefined;
  /** FEC object transmission information from EXT_FTI. */
  readonly fti: ObjectParameters | undefined;
  /** EXT_FDT, on datagrams of TOI 0. */
  readonly fdt: FdtExtension | undefined;
}

/**
 * Parses a datagram. The codepoint is the FEC Encoding ID (RFC 6726 section 5.1).
 *
 * @throws AlcError when the LCT header or what follows is damaged (LctError for the header), the FEC Encoding ID
 *   is none of `schemes`, or an extension that may be there once is there twice
 */
export function parseAlc(datagram: Uint8Array, schemes: FecSchemes): AlcPacket {
  const lct = parseLct(datagram);
  let auth: HeaderExtension | undefined;
  let fti: HeaderExtension | undefined;
  let fdt: HeaderExtension | undefined;
  for (const extension of lct.extensions) {
    if (extension.het === HET.AUTH) auth = once(auth, extension);
    else if (extension.het === HET.FTI) fti = once(fti, extension);
    else if (extension.het === HET.FDT) fdt = once(fdt, extension);
  }

  const afterHeader = datagram.length - lct.headerLength;
  const scheme = schemes.get(lct.codepoint);
  if (scheme === undefined && (afterHeader > 0 || fti !== undefined)) {
    throw new AlcError(
      `Codepoint ${lct.codepoint} is none of the FEC Encoding IDs known here (${[...schemes.keys()].join(', ')}).`,
    );
  }
  if (scheme !== undefined && afterHeader > 0 && afterHeader < scheme.payloadIdLength) {
    throw new AlcError(
      `After the header of ${lct.headerLength} bytes a FEC payload ID of ${scheme.payloadIdLength} bytes is due; ` +
        `the datagram has ${afterHeader}.`,
    );
  }
  const hasPayloadId = scheme !== undefined && afterHeader > 0;
  return {
    lct,
    payloadId: hasPayloadId ? scheme.parsePayloadId(datagram, lct.headerLength) : undefined,
    payload: datagram.subarray(lct.headerLength + (hasPayloadId ? scheme.payloadIdLength : 0)),
    authOffset: auth?.offset,
    fti: fti && scheme && parseFti(datagram, fti, scheme),
    fdt: fdt && parseFdtExtension(datagram, fdt),
  };
}

/**
 * Puts a datagram together.
 *
 * @param header from `buildLct`; datagrams of one object can share it
 * @param payload one or more encoding symbols, the first of which `payloadId` names
 * @throws FecError when the payload ID does not fit its fields
 */
export function buildAlc(
  header: Uint8Array,
  scheme: Pick<FecScheme, 'payloadIdLength' | 'writePayloadId'>,
  payloadId: PayloadId,
  payload: Uint8Array,
): Uint8Array {
  const payloadOffset = header.length + scheme.payloadIdLength;
  const datagram = new Uint8Array(payloadOffset + payload.length);
  datagram.set(header);
  scheme.writePayloadId(payloadId, datagram, header.length);
  datagram.set(payload, payloadOffset);
  return datagram;
}

function once(seen: HeaderExtension | undefined, extension: HeaderExtension): HeaderExtension {
  if (seen === undefined) return extension;
  throw new LctError(
    `Header extension ${extension.het} stands at offset ${seen.offset} and again at ${extension.offset}.`,
  );
}

function parseFti(datagram: Uint8Array, fti: HeaderExtension, scheme: FecScheme): ObjectParameters {
  try {
    return scheme.parseFti(datagram.subarray(fti.offset, fti.offset + fti.length));
  } catch (error) {
    if (error instanceof FecError) throw new AlcError(`EXT_FTI at offset ${fti.offset}: ${error.message}`);
    throw error;
  }
}
