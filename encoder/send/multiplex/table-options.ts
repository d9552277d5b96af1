import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { Keys } from '../../keys/keys.js';
import { ENCODING_ID } from '../../session/blocks.js';
import type { FdtDatagrams } from '../../session/fdt.js';
import type { Session } from '../../session/session.js';
import { successionDatagrams } from '../../session/succession.js';
import type { TablesOptions } from '../../session/tables.js';

/** Of tables; they end when the certificate ends, Unix time in seconds, or before. */
export type UplinkTablesOptions = Omit<TablesOptions, 'expires'> & {
  readonly notAfter: number;
  /** Statements of succession, which bundles send in turn; undefined: there are none. */
  readonly successions: FdtDatagrams | undefined;
};

/** How the tables of a live session are made. */
export function uplinkTables(
  session: Session,
  keys: Pick<Keys, 'certificate' | 'certificateBytes' | 'successions'>,
  crypto: Crypto,
  schemes: FecSchemes,
): UplinkTablesOptions {
  const scheme = schemes.get(ENCODING_ID.raptorq)!;
  return {
    ...session,
    crypto,
    notAfter: keys.certificate.notAfter,
    fec: 'raptorq',
    scheme,
    fluteVersion: 2,
    certificate: keys.certificateBytes,
    successions:
      keys.successions.length > 0
        ? successionDatagrams(session, scheme.encodingId, keys.successions)
        : undefined,
  };
}
