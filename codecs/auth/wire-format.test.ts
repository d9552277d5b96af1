import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { concatBytes, fromHex, toHex, utf8Encode } from '../bytes.js';
import { fingerprint, publisherId } from '../minisign/index.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  buildCertExtension,
  buildCertificate,
  buildSuccession,
  buildSuccessionExtension,
  commitmentTo,
  FDT_OBJECT_ID,
  formatCertificateFile,
  formatSuccessions,
  formatUplinkKey,
  formatUplinkPublicKey,
  leafDigest,
  objectIdOf,
  parseAuth,
  parseCertExtension,
  parseCertificate,
  parseCertificateFile,
  parseSuccession,
  parseSuccessionExtension,
  parseSuccessions,
  parseUplinkKey,
  parseUplinkPublicKey,
  signBatch,
  verifyCertificate,
  verifyDatagram,
  verifySuccession,
} from './index.js';

/** The vectors stand in the document; nothing here repeats them. */
const document = readFileSync(new URL('../../docs/wire-format-auth.md', import.meta.url), 'utf8');
const blocks = new Map(
  [...document.matchAll(/^```(?:hex|text) (\S+)\n([\s\S]*?)^```$/gm)].map((match) => [match[1]!, match[2]!]),
);

function text(name: string): string {
  const block = blocks.get(name);
  if (block === undefined) throw new Error(`docs/wire-format-auth.md has no block "${name}".`);
  return block;
}

const vector = (name: string) => fromHex(text(name).replace(/\s/g, ''));

/** Digests as the document defines them, apart from the code under test. */
const digest = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest().subarray(0, 16));
};

const TSI = 7;
const seed = vector('uplink-seed');
const publicKey = vector('uplink-public-key');
const objectId = objectIdOf(nodeCrypto, vector('object-sha256'), vector('object-fti'));
const certificateFields = {
  uplinkPublicKey: publicKey,
  tsi: TSI,
  notBefore: 1_767_225_600,
  notAfter: 1_798_761_599,
  generation: 3,
};
const publisher = { seed: vector('publisher-seed'), publicKey: vector('publisher-public-key') };
const OBJECT_DATAGRAMS = [
  'datagram-depth-0',
  'datagram-depth-2-0',
  'datagram-depth-2-1',
  'datagram-depth-2-2',
];

/** The datagram with zeroes for siblings and signature. */
function blanked(datagram: Uint8Array, authOffset: number): Uint8Array {
  const copy = datagram.slice();
  copy.fill(0, authOffset + 4, authOffset + datagram[authOffset + 1]! * 4);
  return copy;
}

it('the inputs are what the text says', () => {
  expect(nodeCrypto.ed25519PublicKey(seed)).toEqual(publicKey);
  expect(nodeCrypto.ed25519PublicKey(vector('publisher-seed'))).toEqual(publisher.publicKey);
  expect(nodeCrypto.sha256(utf8Encode('datacast'))).toEqual(vector('object-sha256'));
  expect(digest(vector('object-sha256'), vector('object-fti'))).toEqual(vector('object-id'));
  expect(objectId).toEqual(vector('object-id'));
});

describe('EXT_AUTH', () => {
  it.each(OBJECT_DATAGRAMS)('%s verifies', (name) => {
    expect(verifyDatagram(nodeCrypto, publicKey, TSI, vector(name), 12, objectId)).toBe(true);
  });

  it('depth 0: leaf, message and signature follow from the text', () => {
    const datagram = vector('datagram-depth-0');
    const leaf = digest(Uint8Array.of(0), objectId, blanked(datagram, 12));
    expect(leaf).toEqual(vector('leaf-depth-0'));
    expect(leafDigest(nodeCrypto, datagram, 12, objectId)).toEqual(leaf);
    const message = concatBytes(
      utf8Encode('datacast datagram v1\0'),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, TSI),
      leaf,
    );
    expect(message).toEqual(vector('message-depth-0'));
    expect(datagram.slice(16, 80)).toEqual(nodeCrypto.ed25519Sign(seed, message));
  });

  it('depth 2: the tree follows from the text', () => {
    const [root, left, right, ...leaves] = text('tree-depth-2').trim().split('\n').map(fromHex);
    const datagrams = OBJECT_DATAGRAMS.slice(1).map(vector);
    for (const [i, datagram] of datagrams.entries()) {
      expect(digest(Uint8Array.of(0), objectId, blanked(datagram, 12))).toEqual(leaves[i]);
    }
    expect(leaves[3]).toEqual(new Uint8Array(16));
    expect(digest(Uint8Array.of(1), leaves[0]!, leaves[1]!)).toEqual(left);
    expect(digest(Uint8Array.of(1), leaves[2]!, leaves[3]!)).toEqual(right);
    expect(digest(Uint8Array.of(1), left!, right!)).toEqual(root);
    const siblings = datagrams.map((datagram) => parseAuth(datagram, 12).siblings);
    expect(siblings).toEqual([
      concatBytes(leaves[1]!, right!),
      concatBytes(leaves[0]!, right!),
      concatBytes(leaves[3]!, left!),
    ]);
  });

  it.each([0, 2])('the sender makes the same bytes at depth %i', async (depth) => {
    const expected = OBJECT_DATAGRAMS.filter((name) => name.startsWith(`datagram-depth-${depth}`)).map(
      vector,
    );
    const datagrams = expected.map((datagram) => blanked(datagram, 12));
    const batch = datagrams.map((datagram) => ({ datagram, authOffset: 12, objectId }));
    await signBatch(nodeCrypto, seed, TSI, batch, depth);
    expect(datagrams).toEqual(expected);
  });
});

it('the fingerprint of the publisher is what the text says', () => {
  expect(`${fingerprint(publisherId(publisher))}\n`).toBe(text('fingerprint'));
});

describe('certificate and EXT_CERT', () => {
  it('the publisher makes the same bytes, and they verify', async () => {
    const certificate = await buildCertificate(nodeCrypto, publisher, certificateFields);
    expect(toHex(certificate)).toBe(toHex(vector('certificate')));
    const parsed = parseCertificate(vector('certificate'));
    expect(parsed).toMatchObject({ ...certificateFields, publisherKey: publisher.publicKey });
    expect(await verifyCertificate(nodeCrypto, parsed)).toBe(true);
    const message = concatBytes(
      utf8Encode('datacast uplink certificate v1\0'),
      vector('certificate').subarray(0, 94),
    );
    expect(message).toHaveLength(125);
    expect(nodeCrypto.ed25519Verify(publisher.publicKey, message, certificate.subarray(94))).toBe(true);
  });

  it('a datagram of the FDT carries it, and verifies by itself', () => {
    const datagram = vector('datagram-fdt');
    const extension = datagram.subarray(16, 176);
    expect(extension).toEqual(buildCertExtension(vector('certificate')));
    const { uplinkPublicKey, tsi } = parseCertExtension(extension);
    expect(verifyDatagram(nodeCrypto, uplinkPublicKey, tsi, datagram, 176, FDT_OBJECT_ID)).toBe(true);
  });
});

describe('succession', () => {
  const successor = {
    seed: vector('successor-seed'),
    publicKey: vector('successor-public-key'),
    keyId: fromHex('0807060504030201'),
  };
  const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

  it('the commitment is the SHA-256 of the next public key', () => {
    expect(nodeCrypto.ed25519PublicKey(successor.seed)).toEqual(successor.publicKey);
    expect(sha256(successor.publicKey)).toEqual(vector('successor-commitment'));
    expect(commitmentTo(nodeCrypto, successor)).toEqual(vector('successor-commitment'));
  });

  it('the statement has the layout of the text, and both signatures', async () => {
    const statement = vector('succession');
    const next = vector('commitment-after');
    expect(await buildSuccession(nodeCrypto, publisher, successor, next)).toEqual(statement);
    expect(parseSuccession(statement)).toEqual({
      oldKey: publisher.publicKey,
      newKey: { keyId: successor.keyId, publicKey: successor.publicKey },
      nextKey: next,
      newSignature: statement.slice(106, 170),
      oldSignature: statement.slice(170),
    });
    const message = concatBytes(utf8Encode('datacast succession v1\0'), statement.subarray(0, 106));
    expect(message).toHaveLength(129);
    expect(nodeCrypto.ed25519Verify(successor.publicKey, message, statement.subarray(106, 170))).toBe(true);
    expect(nodeCrypto.ed25519Verify(publisher.publicKey, message, statement.subarray(170))).toBe(true);
  });

  it('the old key need not sign', async () => {
    const statement = vector('succession-lost-key');
    const { publicKey } = publisher;
    expect(await buildSuccession(nodeCrypto, { publicKey }, successor, undefined)).toEqual(statement);
    expect(parseSuccession(statement)).toMatchObject({ nextKey: undefined, oldSignature: undefined });
    expect(await verifySuccession(nodeCrypto, statement, 'new')).toBe(true);
    expect(await verifySuccession(nodeCrypto, statement, 'old')).toBe(false);
  });

  it('a datagram and a file carry it', () => {
    const datagram = vector('datagram-succession');
    const extension = datagram.subarray(80);
    expect(extension).toEqual(buildSuccessionExtension(vector('succession')));
    expect(parseSuccessionExtension(extension)).toEqual(vector('succession'));
    expect(verifyDatagram(nodeCrypto, publicKey, TSI, datagram, 12, FDT_OBJECT_ID)).toBe(true);
    expect(formatSuccessions([vector('succession')])).toBe(text('publisher.successions'));
    expect(parseSuccessions(text('publisher.successions'))).toEqual([vector('succession')]);
  });
});

it('key files', async () => {
  expect(formatUplinkKey({ seed, publicKey })).toBe(text('uplink.key'));
  expect(await parseUplinkKey(nodeCrypto, text('uplink.key'))).toEqual({ seed, publicKey });
  expect(formatUplinkPublicKey({ publicKey })).toBe(text('uplink.pub'));
  expect(parseUplinkPublicKey(text('uplink.pub'))).toEqual(publicKey);
  expect(formatCertificateFile(vector('certificate'))).toBe(text('uplink.cert'));
  expect(parseCertificateFile(text('uplink.cert'))).toEqual(vector('certificate'));
});

describe.skipIf(!requireTool('tshark'))('tshark', () => {
  it('dissects every datagram of the document without a complaint', () => {
    const directory = mkdtempSync(join(tmpdir(), 'datacast-auth-'));
    try {
      const names = [...OBJECT_DATAGRAMS, 'datagram-fdt', 'datagram-succession'];
      const dump = names.map((name) => `000000 ${toHex(vector(name)).replace(/../g, '$& ')}\n`).join('');
      writeFileSync(join(directory, 'dump.txt'), dump);
      // text2pcap comes with tshark.
      const run = (command: string, args: string[]) => {
        const result = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
        expect(result.status).toBe(0);
        return result.stdout;
      };
      run('text2pcap', ['-q', '-u', '40000,40085', 'dump.txt', 'dump.pcap']);
      const tshark = ['-r', 'dump.pcap', '-d', 'udp.port==40085,alc'];
      expect(run('tshark', [...tshark, '-Y', '_ws.malformed || _ws.expert'])).toBe('');
      const details = run('tshark', [...tshark, '-V']);
      expect(details.match(/EXT_AUTH, Packet authentication \(1\)/g)).toHaveLength(names.length);
      expect(details.match(/Header Extension Length \(HEL\): 25/g)).toHaveLength(3);
      expect(details.match(/Header Extension Type \(HET\): Unknown \(120\)/g)).toHaveLength(1);
      expect(details.match(/Header Extension Type \(HET\): Unknown \(121\)/g)).toHaveLength(1);
      // a header alone names no code
      expect(details.match(/FEC Encoding ID: RaptorQ Code \(6\)/g)).toHaveLength(names.length - 1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
