import { HET_AUTH } from '../auth/ext-auth.js';
import { HET_CERT } from '../auth/ext-cert.js';
import { HET_SUCCESSION } from '../auth/succession.js';
import { readUint, writeUint } from '../bytes.js';
import { HET_FTI } from '../fec/fti.js';
import { ntpFromUnix, unixFromNtp } from '../ntp.js';
import { LctError } from './error.js';
import type { HeaderExtension } from './lct.js';

/** Header extension types in use here. */
export const HET = {
  /** EXT_NOP (RFC 5651 section 5.2.1): ignored. */
  NOP: 0,
  /** EXT_AUTH (RFC 5651 section 5.2.1): datagram authentication. */
  AUTH: HET_AUTH,
  /** EXT_TIME (RFC 5651 section 5.2.2). */
  TIME: 2,
  /** EXT_FTI (RFC 5775 section 4.2): FEC object transmission information. */
  FTI: HET_FTI,
  /** EXT_CERT, of this project: the uplink certificate. */
  CERT: HET_CERT,
  /** EXT_SUCCESSION, of this project: a statement of succession. */
  SUCCESSION: HET_SUCCESSION,
  /** EXT_FDT (RFC 6726 section 3.4.1). */
  FDT: 192,
  /** EXT_CENC (RFC 6726 section 3.4.3): content encoding of the FDT instance. */
  CENC: 193,
} as const;

/** EXT_FDT: which FDT instance the datagram carries. */
export interface FdtExtension {
  /** FLUTE version: 1 (RFC 3926) or 2 (RFC 6726); 4 bits. */
  readonly fluteVersion: number;
  /** FDT instance ID, 20 bits. */
  readonly instanceId: number;
}

/** EXT_FDT (RFC 6726 section 3.4.1). */
export function parseFdtExtension(datagram: Uint8Array, extension: HeaderExtension): FdtExtension {
  const word = readUint(datagram, extension.offset + 1, 3);
  return { fluteVersion: word >> 20, instanceId: word & 0xfffff };
}

/**
 * EXT_FDT (RFC 6726 section 3.4.1).
 *
 * @throws LctError when a number does not fit its field
 */
export function buildFdtExtension({ fluteVersion, instanceId }: FdtExtension): Uint8Array {
  if (!Number.isInteger(fluteVersion) || fluteVersion < 0 || fluteVersion > 15) {
    throw new LctError(`The FLUTE version has 4 bits; ${fluteVersion} does not fit.`);
  }
  if (!Number.isInteger(instanceId) || instanceId < 0 || instanceId > 0xfffff) {
    throw new LctError(`The FDT instance ID has 20 bits; ${instanceId} does not fit.`);
  }
  const extension = Uint8Array.of(HET.FDT, 0, 0, 0);
  writeUint(extension, 1, 3, fluteVersion * 2 ** 20 + instanceId);
  return extension;
}

/** Content encodings of an FDT instance by their number in EXT_CENC (RFC 6726 section 3.4.3). */
const CONTENT_ENCODINGS = ['null', 'zlib', 'deflate', 'gzip'] as const;
export type FdtContentEncoding = (typeof CONTENT_ENCODINGS)[number];

/**
 * EXT_CENC (RFC 6726 section 3.4.3).
 *
 * @throws LctError for a number the standard does not define
 */
export function parseContentEncoding(datagram: Uint8Array, extension: HeaderExtension): FdtContentEncoding {
  const number = datagram[extension.offset + 1]!;
  const encoding = CONTENT_ENCODINGS[number];
  if (encoding === undefined) {
    throw new LctError(
      `EXT_CENC at offset ${extension.offset} names content encoding ${number}; 0 to 3 are known.`,
    );
  }
  return encoding;
}

/** EXT_CENC (RFC 6726 section 3.4.3). */
export function buildContentEncoding(encoding: FdtContentEncoding): Uint8Array {
  return Uint8Array.of(HET.CENC, CONTENT_ENCODINGS.indexOf(encoding), 0, 0);
}

/** EXT_TIME: what the sender's clock says. */
export interface TimeExtension {
  /** Sender current time in Unix seconds, with its fraction. */
  readonly senderTime?: number;
  /** Expected residual time: the whole seconds for which the session, or the object, will still be sent. */
  readonly residualTime?: number;
}

/** The use field of EXT_TIME (RFC 5651 section 5.2.2), one word for each bit that is set, in this order. */
const SCT_HIGH = 0x8000;
const SCT_LOW = 0x4000;
const ERT = 0x2000;
const SLC = 0x1000;

/**
 * EXT_TIME (RFC 5651 section 5.2.2). The session-last-changed time and bits of later standards are skipped.
 *
 * @throws LctError when a time is announced that is not there
 */
export function parseTime(datagram: Uint8Array, extension: HeaderExtension): TimeExtension {
  const use = readUint(datagram, extension.offset + 2, 2);
  let words = 0;
  for (const bit of [SCT_HIGH, SCT_LOW, ERT, SLC]) if (use & bit) words++;
  if (extension.length < 4 + 4 * words || (use & SCT_LOW && !(use & SCT_HIGH))) {
    throw new LctError(
      `EXT_TIME at offset ${extension.offset}: use field ${use.toString(16)} contradicts its ${extension.length} bytes.`,
    );
  }
  let offset = extension.offset;
  const nextWord = () => {
    offset += 4;
    return readUint(datagram, offset, 4);
  };
  let senderTime: number | undefined;
  if (use & SCT_HIGH) senderTime = unixFromNtp(nextWord());
  if (use & SCT_LOW) senderTime = senderTime! + nextWord() / 2 ** 32;
  const residualTime = use & ERT ? nextWord() : undefined;
  return {
    ...(senderTime !== undefined && { senderTime }),
    ...(residualTime !== undefined && { residualTime }),
  };
}

/**
 * EXT_TIME (RFC 5651 section 5.2.2) with the sender current time (SCT-High and SCT-Low) and, if given, the
 * expected residual time.
 *
 * @throws LctError when a number does not fit its field
 */
export function buildTime({ senderTime, residualTime }: TimeExtension): Uint8Array {
  if (senderTime !== undefined && !Number.isFinite(senderTime)) {
    throw new LctError(`The sender current time is a number of Unix seconds, not ${senderTime}.`);
  }
  const residualTimeFits =
    residualTime === undefined ||
    (Number.isInteger(residualTime) && residualTime >= 0 && residualTime < 2 ** 32);
  if (!residualTimeFits) {
    throw new LctError(
      `The expected residual time has 32 bits of whole seconds; ${residualTime} does not fit.`,
    );
  }
  const length = 4 + (senderTime === undefined ? 0 : 8) + (residualTime === undefined ? 0 : 4);
  const extension = new Uint8Array(length);
  extension[0] = HET.TIME;
  extension[1] = length / 4;
  const use = (senderTime === undefined ? 0 : SCT_HIGH | SCT_LOW) | (residualTime === undefined ? 0 : ERT);
  writeUint(extension, 2, 2, use);
  if (senderTime !== undefined) {
    const ntp = ntpFromUnix(senderTime);
    writeUint(extension, 4, 4, Math.floor(ntp));
    writeUint(extension, 8, 4, Math.floor((ntp % 1) * 2 ** 32));
  }
  if (residualTime !== undefined) writeUint(extension, length - 4, 4, residualTime);
  return extension;
}
