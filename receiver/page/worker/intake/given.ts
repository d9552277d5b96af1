import { isPage, readPieces } from '../../../../codecs/page/index.js';
import { isPcap } from '../../../../codecs/pcap/index.js';
import { isGzip } from '../../../../codecs/recording/index.js';
import { replaceUnprintable } from '../../../../codecs/text.js';
import { bytesOf } from '../../keep/blob.js';
import type { GivenFile } from '../protocol.js';

/** What a file that was given is: a recording, of whatever kind, a part or an index as it is sent, a signature, the list of sums that goes with them. */
export type GivenKind = 'recording' | 'packed' | 'signature' | 'sums' | 'page' | 'empty';

/** What a file is called in what the page says of it. */
export function shownName({ name, page = name }: GivenFile): string {
  return replaceUnprintable(page, '');
}

const HEAD_BYTES = 4096;
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** What is sent as a part or an index has no such name. */
const COMPRESSED_RECORDING = /\.(pcap|pcapng|cap|ts|m2ts)\.zst$/i;
/** A minisign signature is no longer. */
const MAX_SIGNATURE = 10_000;
const SUMS = 'SHA256SUMS';

/** By its first bytes: what people call a file says little. What is none of the rest may be what a set-top box has recorded. */
export async function kindOf({ name, content }: GivenFile): Promise<GivenKind> {
  if (content.size === 0) return 'empty';
  const head = new Uint8Array(await content.slice(0, HEAD_BYTES).arrayBuffer());
  if (isPcap(head) || isGzip(head)) return 'recording';
  const isZstd = ZSTD.every((octet, i) => head[i] === octet);
  if (isZstd) return COMPRESSED_RECORDING.test(name) ? 'recording' : 'packed';
  if (isPage(head)) return 'page';
  const isComment = content.size <= MAX_SIGNATURE && startsWith(head, 'untrusted comment: ');
  if (isComment) return 'signature';
  return name.endsWith(SUMS) ? 'sums' : 'recording';
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => bytes[i] === character.charCodeAt(0));
}

/** The files that a saved page carries. @throws PageError when it is no page, or damaged */
export async function filesOfPage({ name: own, content, page = own }: GivenFile): Promise<GivenFile[]> {
  const pieces: { name: string; parts: Blob[] }[] = [];
  for await (const { file, name, bytes } of readPieces(bytesOf(content))) {
    pieces[file] ??= { name, parts: [] };
    // a Blob, so that the browser may put it elsewhere
    pieces[file].parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }
  return pieces.flatMap(({ name, parts }) => ({ name, content: new Blob(parts), page }));
}
