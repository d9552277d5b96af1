import { toBase64 } from '../../../codecs/bytes.js';
import { partFileName, SIGNED_FILES } from '../../../codecs/edition/index.js';
import { parseSocketAddress } from '../../../codecs/net/index.js';
import { PIECE_BYTES, pieceText } from '../../../codecs/page/index.js';
import { createPcapFlow, pcapHeader } from '../../../codecs/pcap/index.js';
import { parseFlow } from '../../engine/ports/flow.js';
import type { Kept } from '../keep/index.js';
import type { Shelf } from './content/shelf.js';
import type { Carried } from './protocol.js';

/** Bytes of a recording that are put together at a time. */
const CHUNK_BYTES = 1 << 20;

interface NamedBlob {
  readonly name: string;
  readonly content: Blob;
}

/**
 * All that has arrived, for others who have the page: editions as they were signed, parts as they are sent, of parts that are
 * incomplete the datagrams, and statements of succession.
 */
export async function carryAll(shelf: Shelf, kept: Kept, statements: string): Promise<Carried> {
  const files = [...(await signedFiles(shelf, kept)), ...(await storedDatagrams(kept))];
  if (statements !== '') files.push({ name: 'publisher.successions', content: new Blob([statements]) });
  const pieces: Blob[] = [];
  for (const [i, { content }] of files.entries()) {
    for (let at = 0; at < content.size; at += PIECE_BYTES) {
      const bytes = new Uint8Array(await content.slice(at, at + PIECE_BYTES).arrayBuffer());
      // a Blob, so that the browser may put it elsewhere
      pieces.push(new Blob([pieceText(i, toBase64(bytes))]));
    }
  }
  const listed = files.map(({ name, content }) => ({ name, bytes: content.size }));
  return { files: listed, pieces: new Blob(pieces) };
}

async function signedFiles(shelf: Shelf, kept: Kept): Promise<NamedBlob[]> {
  const files: NamedBlob[] = [];
  const parts = new Map<string, Blob>();
  for (const { newest, earlier } of shelf.values()) {
    for (const arrival of earlier ? [earlier, newest] : [newest]) {
      const { edition, index, object } = arrival;
      const named = (name: string) => `${edition.name} ${edition.sequence} ${name}`;
      files.push({ name: named(SIGNED_FILES.index), content: new Blob([object as Uint8Array<ArrayBuffer>]) });
      files.push({ name: named(SIGNED_FILES.signature), content: new Blob([edition.signature]) });
      for (const { sha256 } of index.parts) {
        const content = parts.has(sha256) ? undefined : await kept.sent(sha256);
        if (content !== undefined) parts.set(sha256, content);
      }
    }
  }
  const named = [...parts].map(([sha256, content]) => ({ name: partFileName(sha256), content }));
  return [...files, ...named];
}

/** The datagrams of what is incomplete, as a recording. Their times are not kept. */
async function storedDatagrams({ store }: Kept): Promise<NamedBlob[]> {
  await store.sync();
  const chunks: Blob[] = [];
  const flows = new Map<string, ReturnType<typeof createPcapFlow>>();
  // the store says it with some datagrams of an object only
  let last: { object: string; flow: string | undefined } = { object: '', flow: undefined };
  let chunk = new Uint8Array(2 * CHUNK_BYTES);
  let length = 0;
  for await (const { object, datagram, ...stored } of store.restore()) {
    const before = last.object === object ? last.flow : undefined;
    const { flow = before } = stored;
    last = { object, flow };
    const { destination = DEFAULT_DESTINATION } = parseFlow(flow);
    const recorded = flows.get(destination) ?? flowTo(destination);
    flows.set(destination, recorded);
    length = recorded.write(chunk, length, 0n, datagram);
    if (length < CHUNK_BYTES) continue;
    chunks.push(new Blob([chunk.subarray(0, length)]));
    chunk = new Uint8Array(2 * CHUNK_BYTES);
    length = 0;
  }
  if (length > 0) chunks.push(new Blob([chunk.subarray(0, length)]));
  if (chunks.length === 0) return [];
  return [
    { name: 'recording.pcap', content: new Blob([pcapHeader() as Uint8Array<ArrayBuffer>, ...chunks]) },
  ];
}

const DEFAULT_DESTINATION = '239.255.0.1:4001';

function flowTo(destination: string): ReturnType<typeof createPcapFlow> {
  const { address, port } = parseSocketAddress(destination)!;
  const source = address.includes(':') ? '::' : '0.0.0.0';
  return createPcapFlow({ source, sourcePort: port, destination: address, destinationPort: port });
}
