/** Key files and signatures. */

import { isDeepStrictEqual } from 'node:util';
import {
  buildCertificate,
  buildSuccession,
  CertificateError,
  formatCertificateFile,
  formatSuccessions,
  formatUplinkKey,
  formatUplinkPublicKey,
  parseCertificate,
  parseCertificateFile,
  parseSuccessions,
  parseUplinkKey,
  parseUplinkPublicKey,
  SuccessionError,
  UplinkKeyError,
  verifySuccession,
} from '../../../codecs/auth/index.js';
import { toHex, utf8Encode } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import {
  formatPublicKey,
  formatSecretKey,
  formatSignature,
  isEncrypted,
  MinisignError,
  parsePublicKey,
  parseSecretKey,
  parseSignature,
  signDigest,
  signLegacy,
  verifySignature,
} from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { testPublisher } from '../../../receiver/testing.js';
import { attempt, attemptAsync, type FuzzTarget, hold } from '../target.js';
import { PUBLISHER } from './genuine.js';
import { openText } from './text-target.js';

const WORDS = ['untrusted comment: ', 'trusted comment: ', '\n', '\r\n', '==', '\ufeff', 'RWQ', 'RUQ'];
const CONTENT = utf8Encode('content');
const PASSWORD = 'password';
/** libsodium's least: minisign's own cost would take seconds. */
const QUICK = { opslimit: 32_768, memlimit: 2 ** 24 };
/** The work that minisign's own key files ask for. */
const MAX_N = 2 ** 20;

const publicKey: FuzzTarget = {
  name: 'minisign-public-key',
  holds: 'A key file that is written of what was read is read to the same.',
  async open() {
    const publisher = await testPublisher(nodeCrypto, PUBLISHER);
    const file = formatPublicKey(publisher);
    return openText({
      seeds: [file, file.split('\n')[1]!],
      words: WORDS,
      run(text) {
        const key = attempt(() => parsePublicKey(text), MinisignError);
        if (key === undefined) return false;
        hold(
          isDeepStrictEqual(parsePublicKey(formatPublicKey(key)), key),
          'The key written again is another one.',
        );
        return true;
      },
    });
  },
};

/** Work beyond that of a test is not done, but it must be within that of minisign. */
const thrifty: Crypto = {
  ...nodeCrypto,
  scrypt(password, salt, parameters, length) {
    const { N, r, p } = parameters;
    hold(
      N * r * p <= 8 * MAX_N && Number.isInteger(Math.log2(N)),
      `The file asks for scrypt of ${N}, ${r}, ${p}.`,
    );
    return N * r * p <= 2 ** 18
      ? nodeCrypto.scrypt(password, salt, parameters, length)
      : new Uint8Array(length);
  },
};

const secretKey: FuzzTarget = {
  name: 'minisign-secret-key',
  holds: 'No file asks for more work than minisign; a key that was read has its public half.',
  async open() {
    const publisher = await testPublisher(nodeCrypto, PUBLISHER);
    // the salt is the same in every process
    const crypto = { ...nodeCrypto, randomBytes: (length: number) => new Uint8Array(length).fill(5) };
    return openText({
      seeds: [
        await formatSecretKey(crypto, publisher),
        await formatSecretKey(crypto, publisher, PASSWORD, QUICK),
      ],
      words: WORDS,
      async run(text) {
        if (attempt(() => isEncrypted(text), MinisignError) === undefined) return false;
        const key = await attemptAsync(() => parseSecretKey(thrifty, text, PASSWORD), MinisignError);
        if (key === undefined) return false;
        const expected = await nodeCrypto.ed25519PublicKey(key.seed);
        hold(isDeepStrictEqual(expected, key.publicKey), 'The public half belongs to another key.');
        return true;
      },
    });
  },
};

const signature: FuzzTarget = {
  name: 'minisign-signature',
  holds:
    'No signature is accepted, nor trusted comment, but those that were made; what was read can be written.',
  async open() {
    const publisher = await testPublisher(nodeCrypto, PUBLISHER);
    const digest = nodeCrypto.createBlake2b512().update(CONTENT).digest();
    const seeds = [
      await signDigest(nodeCrypto, digest, publisher, 'datacast sequence:5 name:news'),
      await signLegacy(nodeCrypto, CONTENT, publisher, 'old'),
    ];
    const comments = seeds.map((seed) => parseSignature(seed).trustedComment);
    return openText({
      seeds,
      words: WORDS,
      async run(text) {
        const parsed = attempt(() => parseSignature(text), MinisignError);
        if (parsed === undefined) return false;
        const written = formatSignature(parsed);
        hold(
          isDeepStrictEqual(parseSignature(written), parsed),
          'The signature written again is another one.',
        );
        const isGood = await verifySignature(nodeCrypto, publisher, parsed, { content: CONTENT });
        hold(
          !isGood || comments.includes(parsed.trustedComment),
          'A trusted comment is accepted that nobody signed.',
        );
        await attemptAsync(
          () => verifySignature(nodeCrypto, publisher, parsed, { blake2b512: digest }),
          MinisignError,
        );
        return true;
      },
    });
  },
};

const uplinkFiles: FuzzTarget = {
  name: 'uplink-files',
  holds: 'A key that was read has its public half; a certificate that was read can be parsed.',
  async open() {
    const seed = new Uint8Array(32).fill(1);
    const key = { seed, publicKey: await nodeCrypto.ed25519PublicKey(seed) };
    const publisher = await testPublisher(nodeCrypto, PUBLISHER);
    const fields = { uplinkPublicKey: key.publicKey, tsi: 1, notBefore: 0, notAfter: 2 ** 40, generation: 3 };
    const certificate = await buildCertificate(nodeCrypto, publisher, fields);
    return openText({
      seeds: [formatUplinkKey(key), formatUplinkPublicKey(key), formatCertificateFile(certificate)],
      words: WORDS,
      async run(text) {
        const bytes = attempt(() => parseCertificateFile(text), CertificateError);
        if (bytes !== undefined) return parseCertificate(bytes).generation >= 0;
        const half = attempt(() => parseUplinkPublicKey(text), UplinkKeyError);
        if (half !== undefined) return half.length === 32;
        const found = await attemptAsync(() => parseUplinkKey(nodeCrypto, text), UplinkKeyError);
        if (found === undefined) return false;
        const expected = await nodeCrypto.ed25519PublicKey(found.seed);
        hold(isDeepStrictEqual(expected, found.publicKey), 'The public half belongs to another key.');
        return true;
      },
    });
  },
};

const successions: FuzzTarget = {
  name: 'successions',
  holds:
    'A file of statements that was read can be written; no statement has a signature but those that were made.',
  async open() {
    const [oldKey, newKey] = await Promise.all(
      [PUBLISHER, PUBLISHER + 1].map((seed) => testPublisher(nodeCrypto, seed)),
    );
    const made = [
      await buildSuccession(nodeCrypto, oldKey!, newKey!, new Uint8Array(32).fill(9)),
      await buildSuccession(nodeCrypto, { publicKey: oldKey!.publicKey }, newKey!, undefined),
    ];
    const bodies = new Set(made.map((each) => toHex(each.subarray(0, 106))));
    return openText({
      seeds: [formatSuccessions(made), formatSuccessions(made.slice(1))],
      words: WORDS,
      async run(text) {
        const read = attempt(() => parseSuccessions(text), SuccessionError);
        if (read === undefined) return false;
        hold(
          isDeepStrictEqual(parseSuccessions(formatSuccessions(read)), read),
          'Statements written again are others.',
        );
        for (const each of read) {
          const isSigned = await verifySuccession(nodeCrypto, each, 'new');
          hold(
            !isSigned || bodies.has(toHex(each.subarray(0, 106))),
            'A statement is accepted that nobody signed.',
          );
        }
        return read.length > 0;
      },
    });
  },
};

export const targets: readonly FuzzTarget[] = [publicKey, secretKey, signature, uplinkFiles, successions];
