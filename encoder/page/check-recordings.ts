import type { Crypto } from '../../codecs/crypto/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { fingerprint, type PublicKey, publisherId } from '../../codecs/minisign/index.js';
import { recordingFile } from '../../codecs/node/recordings/recording-input.js';
import { EncodeError } from '../error.js';
import { inspectRecording } from '../inspect/inspect.js';
import type { SourceFile } from './carried-files.js';

/**
 * Looks whether the page can show what it is to carry.
 *
 * @returns sentences on what is incomplete
 * @throws EncodeError for a recording of other publishers alone; PcapError
 */
export async function checkRecordings(
  files: readonly SourceFile[],
  trust: readonly PublicKey[],
  crypto: Crypto,
): Promise<string[]> {
  const trusted = new Set(trust.map(publisherId));
  const schemes = await loadFecSchemes();
  const ending = files.length === 1 ? 'readers need more recordings' : 'the rest may be in the others';
  const remarks: string[] = [];
  for (const { path } of files.filter(({ isRecording }) => isRecording)) {
    const { sessions } = await inspectRecording(() => recordingFile(path).read(), schemes, crypto);
    const certificates = sessions.flatMap(({ tables }) =>
      tables.flatMap(({ certificate }) => (certificate?.isSigned ? [certificate] : [])),
    );
    const signers = new Set(certificates.map(({ publisherKey }) => publisherId({ publicKey: publisherKey })));
    if (![...signers].some((signer) => trusted.has(signer))) throw nothingOfThem(path, signers);
    const editions = sessions
      .flatMap((session) => session.editions)
      .filter(({ publisher }) => publisher !== undefined && trusted.has(publisher));
    if (editions.length === 0) remarks.push(`${path}: the index of its edition is not there; ${ending}.`);
    for (const { name, parts } of editions) {
      if (name === undefined || parts === undefined) {
        remarks.push(`${path}: the index of an edition is incomplete; ${ending}.`);
        continue;
      }
      const complete = parts.filter(({ symbols }) => symbols === 'enough').length;
      if (complete === parts.length) continue;
      remarks.push(`${path}: of ${name}, ${complete} of ${parts.length} parts are complete; ${ending}.`);
    }
  }
  return remarks;
}

function nothingOfThem(path: string, signers: ReadonlySet<string>): EncodeError {
  const others = [...signers].map(fingerprint).join(', ');
  const whose = others === '' ? 'no session in it is signed' : `it is signed by ${others}`;
  return new EncodeError(`${path} has nothing that the page's publishers signed; ${whose}.`);
}
