import { buildLct } from '../../../codecs/alc/index.js';
import { FDT_OBJECT_ID } from '../../../codecs/auth/index.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from '../../session/session.js';
import type { BoundDatagram } from '../../session/sign.js';

/** Some, as each of them may be lost. */
const REPETITIONS = 3;

/** The end of a session (RFC 5651 section 5.1, A flag): headers alone, without symbols. */
export function closeSessionDatagrams(session: Session, codepoint: number): BoundDatagram[] {
  return Array.from({ length: REPETITIONS }, () => ({
    datagram: buildLct({ tsi: session.tsi, toi: 0, codepoint, closeSession: true, ...SHORT_IDENTIFIERS }, [
      blankAuth(session),
    ]),
    objectId: FDT_OBJECT_ID,
  }));
}
