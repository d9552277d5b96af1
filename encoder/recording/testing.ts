/** A receiver in its barest form for tests: the signature of every datagram is checked, nothing is left out. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AlcPacket, findExtension, HET, parseAlc } from '../../codecs/alc/index.js';
import {
  createRootCache,
  FDT_OBJECT_ID,
  objectIdOf,
  parseCertExtension,
  verifyCertificate,
  verifyDatagram,
} from '../../codecs/auth/index.js';
import { equalBytes, toHex } from '../../codecs/bytes.js';
import { decodeIndex, type EditionIndex, type IndexPart, readPart } from '../../codecs/edition/index.js';
import { type Fdt, type FdtFile, parseFdt } from '../../codecs/fdt/index.js';
import type { FecScheme, FecSchemes, ObjectParameters } from '../../codecs/fec/index.js';
import { type PublicKey, parseSignature, verifySignature } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { readPcap, type UdpDatagram } from '../../codecs/pcap/index.js';
import { decompress } from '../../codecs/zstd/index.js';

export interface Received {
  readonly tables: readonly Fdt[];
  /** As the tables have it, and as it was decoded. */
  readonly indexFile: FdtFile;
  readonly index: EditionIndex;
  /** Parts of the index that could be decoded; their digests are right. */
  readonly complete: readonly IndexPart[];
  /** SHA-256 of every file that came, `directory` for an empty one, by path. */
  readonly files: ReadonlyMap<string, string>;
}

export async function datagramsIn(path: string): Promise<UdpDatagram[]> {
  const datagrams: UdpDatagram[] = [];
  for await (const datagram of readPcap([new Uint8Array(readFileSync(path))])) datagrams.push(datagram);
  return datagrams;
}

/** @throws Error when anything is not as it should be, except that datagrams are missing */
export async function receive(
  datagrams: readonly UdpDatagram[],
  schemes: FecSchemes,
  trusted: PublicKey,
): Promise<Received> {
  const packets = datagrams.map(({ payload }) => ({ payload, packet: parseAlc(payload, schemes) }));
  const ofTables = packets.filter(({ packet }) => packet.lct.toi === 0);
  const [table] = ofTables;
  const { offset, length } = findExtension(table!.packet.lct, HET.CERT)!;
  const certificate = parseCertExtension(table!.payload.subarray(offset, offset + length));
  const isTrusted = equalBytes(certificate.publisherKey, trusted.publicKey);
  if (!isTrusted || !(await verifyCertificate(nodeCrypto, certificate))) throw new Error('certificate');

  const cache = createRootCache();
  const { uplinkPublicKey: key, tsi } = certificate;
  async function requireSigned({ lct, authOffset }: AlcPacket, payload: Uint8Array, objectId: Uint8Array) {
    const signed = await verifyDatagram(nodeCrypto, key, tsi, payload, authOffset!, objectId, cache);
    if (!signed || lct.tsi !== tsi) throw new Error(`A datagram of TOI ${lct.toi} is not signed.`);
  }
  for (const { packet, payload } of ofTables) await requireSigned(packet, payload, FDT_OBJECT_ID);

  const tables = tablesFrom(
    ofTables.map(({ packet }) => packet),
    schemes,
  );
  const objects = new Map(
    tables.flatMap(({ files }) => files.map((file) => [file.toi, objectFor(file, schemes)] as const)),
  );
  for (const { packet, payload } of packets) {
    const object = objects.get(packet.lct.toi!);
    if (object === undefined) continue;
    await requireSigned(packet, payload, object.objectId);
    object.add(packet);
  }
  const indexFile = tables.flatMap(({ files }) => files).find(({ signature }) => signature !== undefined)!;
  const decoded = new Map<string, Uint8Array>();
  for (const { file, data } of objects.values()) {
    const bytes = data();
    if (bytes === undefined) continue;
    if (!equalBytes(nodeCrypto.sha256(bytes), file.sha256!)) throw new Error(`TOI ${file.toi} is wrong.`);
    decoded.set(toHex(file.sha256!), bytes);
  }
  const index = await readIndex(decoded.get(toHex(indexFile.sha256!))!, indexFile, trusted);
  const complete = index.parts.filter(({ sha256 }) => decoded.has(sha256));
  const files = new Map<string, string>();
  for (const part of complete) {
    const object = decoded.get(part.sha256)!;
    if (object.length !== part.bytes) throw new Error(`${part.label} has another size.`);
    await unpack(object, part, files);
  }
  return { tables, indexFile, index, complete, files };
}

function tablesFrom(packets: readonly AlcPacket[], schemes: FecSchemes): Fdt[] {
  const decoders = new Map<number, ReturnType<FecScheme['createBlockDecoder']>>();
  const tables = new Map<number, Fdt>();
  for (const { lct, fti, fdt, payloadId, payload } of packets) {
    const { instanceId } = fdt!;
    if (tables.has(instanceId)) continue;
    const scheme = schemes.get(lct.codepoint)!;
    const decoder = decoders.get(instanceId) ?? scheme.createBlockDecoder(fti!, scheme.blocks(fti!)[0]!);
    decoders.set(instanceId, decoder);
    decoder.add(payloadId!.esi, payload);
    if (decoder.tryDecode()) tables.set(instanceId, parseFdt(decoder.data()));
  }
  for (const decoder of decoders.values()) decoder.free();
  return [...tables.values()];
}

function objectFor(file: FdtFile, schemes: FecSchemes) {
  const scheme = schemes.get(file.fec.encodingId!)!;
  const parameters: ObjectParameters = scheme.parametersFrom(file.fec.attributes, file.transferLength!);
  const blocks = scheme.blocks(parameters);
  const decoders = blocks.map((block) => scheme.createBlockDecoder(parameters, block));
  return {
    file,
    objectId: objectIdOf(nodeCrypto, file.sha256!, scheme.buildFti(parameters)),
    /** @throws Error for a symbol that was sent before */
    add({ payloadId, payload }: AlcPacket): void {
      const { sbn, esi } = payloadId!;
      if (!decoders[sbn]!.add(esi, payload)) throw new Error(`Symbol ${esi} of TOI ${file.toi} came twice.`);
    },
    data(): Uint8Array | undefined {
      const object = new Uint8Array(file.transferLength!);
      let isComplete = true;
      for (const [i, decoder] of decoders.entries()) {
        if (decoder.tryDecode()) object.set(decoder.data(), blocks[i]!.offset);
        else isComplete = false;
        decoder.free();
      }
      return isComplete ? object : undefined;
    },
  };
}

async function readIndex(object: Uint8Array, file: FdtFile, trusted: PublicKey): Promise<EditionIndex> {
  const signature = parseSignature(file.signature!);
  if (!(await verifySignature(nodeCrypto, trusted, signature, { content: object }))) throw new Error('index');
  const index = await decodeIndex(object, { maxBytes: 1e7, maxParts: 1e5 });
  const comment = `datacast sequence:${file.sequence} name:${index.name}`;
  if (signature.trustedComment !== comment || index.sequence !== file.sequence) throw new Error(comment);
  return index;
}

async function unpack(object: Uint8Array, part: IndexPart, files: Map<string, string>): Promise<void> {
  let unpacked = 0;
  const archive = decompress([object], { maxSize: 1e9 });
  for await (const { kind, path, size, content } of readPart(archive, { maxSize: 1e9, maxEntries: 1e5 })) {
    const hash = createHash('sha256');
    for await (const piece of content) hash.update(piece);
    if (files.has(path)) throw new Error(`${path} is in two parts.`);
    files.set(path, kind === 'file' ? hash.digest('hex') : 'directory');
    unpacked += size;
  }
  if (unpacked !== part.unpacked) throw new Error(`${part.label} unpacks to another size.`);
}

/** The same of a directory on disk: SHA-256 of its files, `directory` for empty directories, by path. */
export function filesOf(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length + 1).normalize('NFC');
    if (entry.isFile()) found.set(name, createHash('sha256').update(readFileSync(path)).digest('hex'));
    else if (readdirSync(path).length === 0) found.set(name, 'directory');
  }
  return found;
}

/** A share of the datagrams lost by chance, the same each time. */
export function lose(datagrams: readonly UdpDatagram[], loss: number): UdpDatagram[] {
  let state = 1;
  return datagrams.filter(() => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 >= loss;
  });
}
