import { buildLct } from '../../codecs/alc/index.js';
import { buildSuccessionExtension } from '../../codecs/auth/index.js';
import type { FdtDatagrams } from './fdt.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from './session.js';

/**
 * The datagrams of statements of succession, in turn: each is a header alone.
 *
 * @param codepoint FEC Encoding ID of the session
 * @param statements 234 bytes each, at least one
 */
export function successionDatagrams(
  session: Session,
  codepoint: number,
  statements: readonly Uint8Array[],
): FdtDatagrams {
  const datagrams = statements.map((statement) =>
    buildLct({ tsi: session.tsi, toi: 0, codepoint, ...SHORT_IDENTIFIERS }, [
      blankAuth(session),
      buildSuccessionExtension(statement),
    ]),
  );
  let next = 0;
  return {
    sourceSymbols: 1,
    datagramLength: datagrams[0]!.length,
    next: () => datagrams[next++ % datagrams.length]!.slice(),
    free() {},
  };
}
