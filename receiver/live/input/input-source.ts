import { existsSync } from 'node:fs';
import { formatSocketAddress, parseSocketAddress } from '../../../codecs/net/index.js';
import { STANDARD_STREAM } from '../../../codecs/node/standard-stream.js';
import type { SocketOptions } from './socket.js';

/** Protocols in a URL, which carry a transport stream: as it is, or in RTP (RFC 2250). */
export type StreamScheme = 'udp' | 'rtp';

/** UDP datagrams. What they carry is recognised; the scheme says what is expected. */
export interface SocketSource extends SocketOptions {
  readonly kind: 'socket';
  readonly scheme?: StreamScheme | undefined;
}

/** Bytes of a device, a pipe or a file, or of standard input (`-`). */
export interface ByteSource {
  readonly kind: 'bytes';
  readonly path: string;
}

export type InputSource = SocketSource | ByteSource;

/** `udp://239.1.1.1:1234`; other programs write `udp://@239.1.1.1:1234` for a group that is joined. */
const URL_FORM = /^(udp|rtp):\/\/@?([^/]+)\/?$/;

/**
 * What an argument stands for: `239.255.0.1:4001`, `udp://239.1.1.1:1234`, `rtp://[ff15::1]:5004`, `-`, or the path of what
 * exists or has a slash in it. Undefined for anything else.
 */
export function parseInputSource(text: string): InputSource | undefined {
  const url = URL_FORM.exec(text);
  const listenAt = parseSocketAddress(url?.[2] ?? text);
  if (listenAt !== undefined) return { kind: 'socket', listenAt, scheme: url?.[1] as StreamScheme };
  if (text.includes('://')) return undefined;
  const isPath = text === STANDARD_STREAM || text.includes('/') || existsSync(text);
  return isPath ? { kind: 'bytes', path: text } : undefined;
}

/** The source as people are told of it. */
export function nameOfSource(source: InputSource): string {
  if (source.kind === 'bytes') return source.path === STANDARD_STREAM ? 'standard input' : source.path;
  const address = formatSocketAddress(source.listenAt);
  return source.scheme === undefined ? address : `${source.scheme}://${address}`;
}
