/** What a datagram holds: header, extensions, authentication, certificate. */

import {
  AlcError,
  buildLct,
  findExtension,
  HET,
  type LctHeader,
  parseAlc,
  parseContentEncoding,
  parseLct,
  parseTime,
} from '../../../codecs/alc/index.js';
import {
  AuthError,
  buildCertificate,
  CERTIFICATE_LENGTH,
  CertificateError,
  createRootCache,
  FDT_OBJECT_ID,
  parseAuth,
  parseCertExtension,
  parseCertificate,
  verifyCertificate,
  verifyDatagram,
} from '../../../codecs/auth/index.js';
import { equalBytes, toHex } from '../../../codecs/bytes.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { testPublisher } from '../../../receiver/testing.js';
import { attempt, type FuzzTarget, hold } from '../target.js';
import { genuineEdition, PUBLISHER } from './genuine.js';

const alc: FuzzTarget = {
  name: 'alc',
  holds: 'What was parsed lies in the datagram; a header that is built of it is parsed to the same.',
  async open() {
    const schemes = await loadFecSchemes();
    const { datagrams } = await genuineEdition();
    return {
      seeds: [...datagrams.slice(0, 4), datagrams.at(-1)!],
      run(input) {
        const packet = attempt(() => parseAlc(input, schemes), AlcError);
        if (packet === undefined) return false;
        const { lct, payload, authOffset } = packet;
        hold(lct.headerLength <= input.length, 'The header ends behind the datagram.');
        const end = input.byteOffset + input.length;
        hold(payload.byteOffset + payload.length === end, 'The payload does not end with the datagram.');
        checkBuilding(input, lct);
        readExtensions(input, lct);
        if (authOffset === undefined) return true;
        const auth = attempt(() => parseAuth(input, authOffset), AuthError);
        if (auth === undefined) return true;
        const isWhole = auth.siblings.length === 16 * auth.depth && auth.signature.length === 64;
        hold(isWhole, 'EXT_AUTH is cut short.');
        return true;
      },
    };
  },
};

function checkBuilding(input: Uint8Array, lct: LctHeader): void {
  const { extensions, headerLength: _, tsi, toi, cciLength, ...flags } = lct;
  const bytes = extensions.map(({ offset, length }) => input.subarray(offset, offset + length));
  const numbers = { ...(tsi !== undefined && { tsi }), ...(toi !== undefined && { toi }) };
  const cci = input.subarray(4, 4 + cciLength);
  const again = parseLct(buildLct({ ...flags, ...numbers, cci }, bytes));
  for (const name of [
    'psi',
    'closeSession',
    'closeObject',
    'cciLength',
    'tsi',
    'toi',
    'codepoint',
  ] as const) {
    hold(
      again[name] === lct[name],
      `${name} was ${lct[name]}; of the header built again it is ${again[name]}.`,
    );
  }
  const isSame = again.extensions.every(
    ({ het, length }, i) => het === extensions[i]!.het && length === extensions[i]!.length,
  );
  hold(
    isSame && again.extensions.length === extensions.length,
    'The header built again has other extensions.',
  );
}

function readExtensions(input: Uint8Array, lct: LctHeader): void {
  const time = findExtension(lct, HET.TIME);
  if (time !== undefined) attempt(() => parseTime(input, time), AlcError);
  const encoding = findExtension(lct, HET.CENC);
  if (encoding !== undefined) attempt(() => parseContentEncoding(input, encoding), AlcError);
  const cert = findExtension(lct, HET.CERT);
  if (cert === undefined) return;
  const extension = input.subarray(cert.offset, cert.offset + cert.length);
  const certificate = attempt(() => parseCertExtension(extension), CertificateError);
  if (certificate === undefined) return;
  hold(
    equalBytes(certificate.signature, extension.subarray(-64)),
    'The signature of EXT_CERT is another one.',
  );
}

const auth: FuzzTarget = {
  name: 'auth',
  holds:
    'No datagram is accepted but those that the uplink has signed, even when the root of its batch is known.',
  async open() {
    const { edition, datagrams, schemes } = await genuineEdition({ depth: 2 });
    const genuine = new Set(datagrams.map(toHex));
    const sessions = [edition.index, ...edition.parts];
    const publicKey = await nodeCrypto.ed25519PublicKey(edition.index.uplinkSeed);
    const objectIds = [FDT_OBJECT_ID, ...sessions.map(({ objectId }) => objectId)];
    // only roots with a good signature are remembered: an input that adds another one has been accepted
    const roots = createRootCache();
    for (const datagram of datagrams) await isAccepted(datagram);

    async function isAccepted(input: Uint8Array): Promise<boolean> {
      const packet = attempt(() => parseAlc(input, schemes), AlcError);
      if (packet?.authOffset === undefined) return false;
      const { lct, authOffset } = packet;
      for (const objectId of objectIds) {
        if (await verifyDatagram(nodeCrypto, publicKey, lct.tsi ?? 0, input, authOffset, objectId, roots))
          return true;
      }
      return false;
    }

    return {
      seeds: datagrams,
      words: objectIds,
      async run(input) {
        const isTaken = await isAccepted(input);
        hold(!isTaken || genuine.has(toHex(input)), 'A datagram is accepted that nobody has signed.');
        return isTaken;
      },
    };
  },
};

const certificate: FuzzTarget = {
  name: 'certificate',
  holds: 'No certificate is accepted but the one that the publisher has signed.',
  async open() {
    const publisher = await testPublisher(nodeCrypto, PUBLISHER);
    const uplinkPublicKey = await nodeCrypto.ed25519PublicKey(new Uint8Array(32).fill(1));
    const fields = { uplinkPublicKey, tsi: 1, notBefore: 0, notAfter: 2 ** 40, generation: 3 };
    const genuine = await buildCertificate(nodeCrypto, publisher, fields);
    return {
      seeds: [genuine],
      // it has always the same length
      mend(input) {
        const certificate = new Uint8Array(CERTIFICATE_LENGTH);
        certificate.set(input.subarray(0, CERTIFICATE_LENGTH));
        return certificate;
      },
      async run(input) {
        const parsed = attempt(() => parseCertificate(input), CertificateError);
        if (parsed === undefined) return false;
        const { tsi, notBefore, notAfter, generation } = parsed;
        const isNumber = [tsi, notBefore, notAfter, generation].every((each) => Number.isSafeInteger(each));
        hold(
          isNumber && notBefore <= notAfter && tsi < 2 ** 48,
          'A number of the certificate is out of its range.',
        );
        const isSigned = await verifyCertificate(nodeCrypto, parsed);
        const isOurs = isSigned && equalBytes(parsed.publisherKey, publisher.publicKey);
        hold(!isOurs || equalBytes(input, genuine), 'A certificate is accepted that nobody signed.');
        return true;
      },
    };
  },
};

export const targets: readonly FuzzTarget[] = [alc, auth, certificate];
