import { equalBytes } from '../../codecs/bytes.js';
import { parseSignature } from '../../codecs/minisign/index.js';
import type { UplinkKeys } from '../keys/keys.js';
import { SUCCESSION_FILES } from '../keys/succession/files.js';
import type { StateStore } from './state/state.js';

/**
 * What to do when editions were sent that another key has signed, and no statement of succession leads to the present one; undefined
 * when all is well.
 */
export function missingSuccessions(
  state: Pick<StateStore, 'names' | 'get'>,
  { publisherKey, successions }: Pick<UplinkKeys, 'publisherKey' | 'successions'>,
): string | undefined {
  if (successions.length > 0) return undefined;
  const others = state.names().filter((name) => {
    const signature = state.get(name)?.edition?.index.signature;
    return signature !== undefined && !equalBytes(parseSignature(signature).keyId, publisherKey.keyId);
  });
  if (others.length === 0) return undefined;
  return (
    `Editions that were sent before (${others.join(', ')}) were signed by another key than publisher.pub, and ${SUCCESSION_FILES.statements} is not in the key directory: ` +
    `receivers that trust the key before take nothing more. Copy ${SUCCESSION_FILES.statements} from the publisher beside publisher.pub; it is taken up within a minute. If it is another publisher, remove the state directory.`
  );
}
