import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Registry } from 'prom-client';
import { utf8Encode } from '../../bytes.js';
import type { SocketAddress } from '../../net/index.js';
import { replaceFile } from '../atomic-file.js';
import { describeError } from '../command.js';
import { ownAddress, serveHttp } from './http-server.js';

/** Where Prometheus finds metrics: at an address, or in a file that its node_exporter reads. */
export type MetricsTarget = { readonly address: SocketAddress } | { readonly file: string };

/** Milliseconds between two writings of a file. */
const INTERVAL = 15_000;
/** What the textfile collector of node_exporter reads. */
const FILE = /\.prom$/;

/** `9464`, `127.0.0.1:9464` or `/var/lib/node_exporter/datacast.prom`. @throws InvalidArgumentError */
export function metricsTarget(text: string): MetricsTarget {
  const address = ownAddress(text);
  if (address !== undefined) return { address };
  if (FILE.test(text)) return { file: resolve(text) };
  throw new InvalidArgumentError(
    'A port of 127.0.0.1 is needed, an address and a port like 127.0.0.1:9464, or a file whose name ends in .prom.',
  );
}

/** Metrics that are served, or written again and again. */
export interface PublishedMetrics {
  /** The URL or the file. */
  readonly where: string;
  close(): Promise<void>;
}

/**
 * @param onProblem told in a sentence that the file cannot be written, which it could before; it is tried again
 * @throws CliError when the port is taken, or an error of the operating system
 */
export function publishMetrics(
  registry: Registry,
  target: MetricsTarget,
  onProblem: (message: string) => void,
): Promise<PublishedMetrics> {
  return 'file' in target ? writeFile(registry, target.file, onProblem) : serve(registry, target.address);
}

async function serve(registry: Registry, at: SocketAddress): Promise<PublishedMetrics> {
  const server = await serveHttp(at, '--metrics', (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('Metrics are at /metrics.\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      // a mistake here must not end the program
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  return { where: `${server.origin}/metrics`, close: server.close };
}

async function writeFile(
  registry: Registry,
  file: string,
  onProblem: (message: string) => void,
): Promise<PublishedMetrics> {
  let writing: Promise<void> | undefined;
  const write = async () => replaceFile(file, [utf8Encode(await registry.metrics())]);
  await write();
  let failed = false;
  const timer = setInterval(() => {
    writing ??= write()
      .then(
        () => {
          failed = false;
        },
        (error: unknown) => {
          if (!failed) onProblem(`The metrics cannot be written: ${describeError(error)}`);
          failed = true;
        },
      )
      .finally(() => {
        writing = undefined;
      });
  }, INTERVAL);
  return {
    where: file,
    async close() {
      clearInterval(timer);
      await writing;
    },
  };
}
