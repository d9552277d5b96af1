import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { EncodeError } from '../../error.js';
import type { DestinationStats } from '../transmit/output.js';
import type { UplinkStatus } from '../uplink-options.js';

/** Only programs on the same machine can ask. */
const LOOPBACK = '127.0.0.1';

type PromClient = typeof import('prom-client');

/** The npm package that only metrics need. @throws EncodeError where it is not installed */
export async function loadPromClient(): Promise<PromClient> {
  try {
    return await import('prom-client');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new EncodeError(
      'Metrics need the npm package prom-client, which is not installed: run "npm install prom-client" where datacast ' +
        'is installed (with --global if datacast is), or leave --metrics out.',
    );
  }
}

/** The metrics of an uplink, read when they are asked for. */
export function createMetrics(
  { Counter, Gauge, Registry }: PromClient,
  status: () => UplinkStatus,
): Registry {
  const registry = new Registry();
  const registers = [registry];
  let now = status();
  const total = (name: string, help: string, value: (status: UplinkStatus) => number) => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value(now));
      },
    });
  };
  const gauge = (name: string, help: string, value: (status: UplinkStatus) => number) => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(now));
      },
    });
  };
  const perBundle = (name: string, help: string, value: (flow: UplinkStatus['flows'][number]) => number) => {
    new Gauge({
      name,
      help,
      registers,
      labelNames: ['bundle'],
      collect() {
        this.reset();
        for (const flow of now.flows) this.set({ bundle: flow.name }, value(flow));
      },
    });
  };
  // One look for all metrics.
  new Gauge({
    name: 'datacast_up',
    help: '1 while the uplink runs',
    registers,
    collect() {
      now = status();
      this.set(1);
    },
  });
  total('datacast_datagrams_total', 'Datagrams sent', ({ stats }) => stats.datagrams);
  total('datacast_bytes_total', 'Bytes of IP packets sent', ({ stats }) => stats.bytes);
  const perDestination = (name: string, help: string, value: (of: DestinationStats) => number) => {
    new Counter({
      name,
      help,
      registers,
      labelNames: ['destination'],
      collect() {
        this.reset();
        for (const each of now.stats.destinations) this.inc({ destination: each.to }, value(each));
      },
    });
  };
  perDestination('datacast_refused_total', 'Datagrams that the system did not take', ({ errors }) => errors);
  perDestination(
    'datacast_sent_total',
    'Datagrams to each destination, those that were refused too',
    ({ datagrams }) => datagrams,
  );
  total(
    'datacast_ts_packets_total',
    'Packets of the transport stream',
    ({ stats }) => stats.stream?.packets ?? 0,
  );
  total(
    'datacast_ts_null_packets_total',
    'Null packets of the transport stream',
    ({ stats }) => stats.stream?.nullPackets ?? 0,
  );
  total(
    'datacast_ts_lost_seconds_total',
    'Time by which the transport stream is late',
    ({ stats }) => (stats.stream?.lostTime ?? 0) / 1000,
  );
  total('datacast_fdt_datagrams_total', 'Datagrams of file delivery tables', ({ tables }) => tables);
  total('datacast_state_failures_total', 'Times the state could not be written', ({ unsaved }) => unsaved);
  total(
    'datacast_lost_airtime_seconds_total',
    'Airtime lost to delays',
    ({ stats }) => stats.lostTime / 1000,
  );
  gauge('datacast_rate_bits_per_second', 'Rate that is asked for', ({ rate }) => rate);
  gauge(
    'datacast_certificate_end_timestamp_seconds',
    'Last second of the uplink certificate, Unix time',
    ({ certificateEnd }) => certificateEnd,
  );
  gauge('datacast_queue_bytes', 'Bytes of IP packets that wait', ({ queued }) => queued);
  gauge(
    'datacast_pacing_error_seconds',
    'Largest delay of a datagram in the last ten to twenty seconds',
    ({ stats }) => stats.lateness / 1000,
  );
  perBundle(
    'datacast_bundle_sequence',
    'Sequence number of the edition on the air; 0 until it is packed',
    ({ sequence }) => sequence ?? 0,
  );
  perBundle('datacast_bundle_parts', 'Parts on the air', ({ parts }) => parts);
  perBundle(
    'datacast_bundle_parts_changed',
    'Parts that the edition before did not have',
    ({ changed }) => changed,
  );
  perBundle(
    'datacast_bundle_symbols',
    'Symbols of index and parts sent by this run',
    ({ symbols }) => symbols,
  );
  perBundle('datacast_bundle_bytes', 'Bytes of IP packets of index and parts', ({ bytes }) => bytes);
  perBundle('datacast_bundle_passes', 'Passes completed by this run', ({ passes }) => passes);
  perBundle('datacast_bundle_weight', 'Weight of the bundle', ({ weight }) => weight);
  return registry;
}

/**
 * Serves the metrics to Prometheus at http://127.0.0.1:PORT/metrics.
 *
 * @param port 0: one that is free
 * @throws EncodeError when the port is taken, or an error of the operating system
 */
export async function serveMetrics(
  registry: Registry,
  port: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end('Metrics are at /metrics.\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      // A mistake here must not end the uplink.
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const message = `Another program uses port ${port} of ${LOOPBACK}: give another port with --metrics, or 0 for any.`;
      reject(isTaken ? new EncodeError(message) : error);
    });
    server.listen(port, LOOPBACK, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
