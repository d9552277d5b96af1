/** All of `datacast`, and what only Node has: native cryptography, UDP, recordings and files. */

import { createReadStream } from 'node:fs';
import { formatSocketAddress, parseSocketAddress } from '../codecs/net/index.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { gunzip } from '../codecs/node/recordings/gunzip.js';
import { datagramsOf, decompressed, type RecordedDatagrams } from '../codecs/recording/index.js';
import type { CreateSink } from './engine/ports/sink.js';
import { createFileSinks } from './files/file-sink.js';
import { checkOptions, isFunction, isText } from './library/arguments.js';
import { type OpenReceiverOptions, openReceiverWith, type Receiver } from './library/open-receiver.js';
import { openListeningSocket } from './live/input/socket.js';

export { describeBundleState } from './files/bundle-state.js';
export type { StandingBundle } from './files/output-directory.js';
export {
  openOutputDirectory,
  type PartsOutput,
  type PartsOutputOptions,
  type PutPart,
} from './files/parts-output.js';
// the openReceiver below takes the place of the one there
export * from './index.js';

/**
 * Opens a receiver whose signatures are checked by node:crypto.
 *
 * @throws TypeError when an option is unknown or has a wrong type, or a key cannot be read
 */
export function openReceiver(options: OpenReceiverOptions): Promise<Receiver> {
  return openReceiverWith(() => nodeCrypto, options);
}

/** The datagrams of a file: pcap, pcapng, or the transport stream that a tuner recorded; gzip or zstd. @throws on iteration */
export function readRecording(path: string): RecordedDatagrams {
  return datagramsOf(decompressed(createReadStream(path), gunzip));
}

export interface ListenUdpOptions {
  /** Address of the network interface that joins the group; chosen by the routes unless given. */
  readonly iface?: string;
  /** The only sender of the group that is heard (RFC 4607). */
  readonly source?: string;
  /** Called when the operating system reports an error later on; listening goes on. */
  readonly onError?: (error: Error) => void;
}

export interface UdpListener {
  /** Address and port, such as `127.0.0.1:4001`: the port is there where 0 was asked for. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Hears UDP datagrams at an address of this machine, or joins a multicast group.
 *
 * @param address with its port, like `239.255.0.1:4001` or `[ff15::1]:4001`; port 0 lets the system choose one
 * @param take gets each datagram, in memory of its own, such as the `push` of a receiver
 * @throws TypeError when an argument is wrong, ReceiveError when there is no such address or the port is taken
 */
export async function listenUdp(
  address: string,
  take: (datagram: Uint8Array) => void,
  options: ListenUdpOptions = {},
): Promise<UdpListener> {
  const listenAt = typeof address === 'string' ? parseSocketAddress(address) : undefined;
  if (listenAt === undefined) {
    throw new TypeError(
      'listenUdp takes an address and a port, like "239.255.0.1:4001" or "[ff15::1]:4001".',
    );
  }
  if (typeof take !== 'function') throw new TypeError('listenUdp takes a function that takes the datagrams.');
  checkOptions('listenUdp', options, { iface: isText, source: isText, onError: isFunction });
  const { iface, source, onError = () => {} } = options;
  const socket = await openListeningSocket(
    { listenAt, iface, source },
    (datagram) => take(datagram),
    onError,
  );
  return { address: formatSocketAddress(socket.listensAt), close: socket.close };
}

/** Rebuilds objects in temporary files of a directory instead of in memory, for the option `createSink`. */
export function createFileSink(directory: string): CreateSink {
  return createFileSinks(directory).create;
}
