import { buildLct } from '../../codecs/alc/index.js';
import type { FecScheme } from '../../codecs/fec/index.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from './session.js';

/** The LCT header of an object's datagrams, without signature. */
export function objectHeader(session: Session, toi: number, codepoint: number): Uint8Array {
  return buildLct({ tsi: session.tsi, toi, codepoint, ...SHORT_IDENTIFIERS }, [blankAuth(session)]);
}

/** Bytes of an object datagram before its symbol. */
export function objectHeaderLength(session: Session, scheme: Pick<FecScheme, 'payloadIdLength'>): number {
  return objectHeader(session, 0, 0).length + scheme.payloadIdLength;
}
