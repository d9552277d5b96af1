import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { formatSocketAddress, isIpv6, parseSocketAddress, type SocketAddress } from '../../net/index.js';
import { CliError } from '../command.js';

/** Only programs on the same machine can ask. */
const LOOPBACK = '127.0.0.1';

/** An address to serve at: a port of this machine alone, or an address and a port; undefined for anything else. */
export function ownAddress(text: string): SocketAddress | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  if (port === undefined) return parseSocketAddress(text);
  return port <= 65_535 ? { address: LOOPBACK, port } : undefined;
}

/** The same for an option. @throws InvalidArgumentError */
export function serverAddress(text: string): SocketAddress {
  const address = ownAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError(
    'A port of 127.0.0.1 is needed, or an address and a port like 127.0.0.1:8080.',
  );
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What serves pages until it is closed. */
export interface HttpServer {
  /** `http://127.0.0.1:9464`. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves GET and HEAD at an address. At one of this machine itself it answers to no other name: a page of the web that a name
 * server leads here must not read it.
 *
 * @param option that gave the address, for messages
 * @throws CliError when the address is taken or is none of this machine, or another error of the operating system
 */
export async function serveHttp(at: SocketAddress, option: string, handle: Handler): Promise<HttpServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end('Only GET.\n');
    } else if (isLoopback(at.address) && !isOwnName(request.headers.host ?? '')) {
      response.writeHead(403).end('This is served to this machine alone.\n');
    } else handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, at, option)));
    server.listen(at.port, at.address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${formatSocketAddress({ ...at, port })}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function isLoopback(address: string): boolean {
  return isIpv6(address) ? address === '::1' : address.startsWith('127.');
}

/** Of a Host header: names that lead to this machine from itself. */
function isOwnName(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
}

function explain(error: NodeJS.ErrnoException, at: SocketAddress, option: string): Error {
  if (error.code === 'EADDRINUSE') {
    return new CliError(
      `Another program uses port ${at.port} of ${at.address}: give another port with ${option}, or 0 for any.`,
    );
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return new CliError(
      `This machine has no address ${at.address}: give ${option} one of its own, like 127.0.0.1:9464.`,
    );
  }
  return error;
}
