import type { Registry } from 'prom-client';
import { isPlausibleTime } from '../../../codecs/edition/index.js';
import { createMetricSet, type PromClient } from '../../../codecs/node/monitoring/prom-client.js';
import type { DestinationStats } from '../transmit/output.js';
import type { UplinkStatus } from '../uplink-options.js';

/** The metrics of an uplink, read when they are asked for. */
export function createMetrics(promClient: PromClient, status: () => UplinkStatus): Registry {
  const set = createMetricSet(promClient, status, { name: 'datacast_up', help: '1 while the uplink runs' });
  const { registry, total, gauge, labelled } = set;
  type Flow = UplinkStatus['flows'][number];
  const perBundle = (name: string, help: string, value: (flow: Flow) => number | undefined) =>
    labelled('gauge', name, help, ['bundle'], ({ flows }) =>
      flows.map((flow) => [{ bundle: flow.name }, value(flow)]),
    );
  total('datacast_datagrams_total', 'Datagrams sent', ({ stats }) => stats.datagrams);
  total('datacast_bytes_total', 'Bytes of IP packets sent', ({ stats }) => stats.bytes);
  const perDestination = (name: string, help: string, value: (of: DestinationStats) => number) =>
    labelled('counter', name, help, ['destination'], ({ stats }) =>
      stats.destinations.map((each) => [{ destination: each.to }, value(each)]),
    );
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
  gauge('datacast_problems', 'Problems that stand', ({ problems }) => problems.length);
  labelled(
    'gauge',
    'datacast_bundle_problem',
    '1 while a problem of the bundle stands',
    ['bundle'],
    ({ problems }) => problems.flatMap(({ bundle }) => (bundle === undefined ? [] : [[{ bundle }, 1]])),
  );
  total(
    'datacast_interface_returns_total',
    'Times the network interface that sends came back',
    ({ interfaceReturns }) => interfaceReturns,
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
  perBundle(
    'datacast_bundle_edition_timestamp_seconds',
    'Unix time that the sequence number of the edition on the air stands for',
    ({ sequence }) => (sequence !== undefined && isPlausibleTime(sequence) ? sequence : undefined),
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
