import { expect, it, onTestFinished } from 'vitest';
import { loadPromClient } from '../../../codecs/node/monitoring/prom-client.js';
import { publishMetrics } from '../../../codecs/node/monitoring/publish-metrics.js';
import type { UplinkStatus } from '../uplink-options.js';
import { createMetrics } from './metrics.js';

const promClient = await loadPromClient();
const HERE = { address: { address: '127.0.0.1', port: 0 } };
const fail = (error: unknown) => {
  throw error;
};

const STATUS: UplinkStatus = {
  destinations: ['239.255.0.1:4001'],
  tsi: 7,
  rate: 2e6,
  tables: 3,
  queued: 4500,
  certificateEnd: 1_922_000_000,
  packing: undefined,
  unsaved: 0,
  stats: {
    datagrams: 10,
    bytes: 15_000,
    errors: 1,
    lostTime: 250,
    lateness: 2,
    destinations: [
      { to: '239.255.0.1:4001', datagrams: 10, errors: 1 },
      { to: 'udp://10.0.0.5:5000', datagrams: 7, errors: 0 },
    ],
    stream: { packets: 49, nullPackets: 3, lostTime: 0 },
  },
  interfaceReturns: 2,
  problems: [
    { bundle: 'weather', message: 'It is gone.', since: 0 },
    { message: 'The cable is out.', since: 0 },
  ],
  flows: [
    {
      name: 'ne"ws\n',
      sequence: 1_790_000_000,
      parts: 95,
      changed: 3,
      weight: 2,
      symbols: 6,
      bytes: 9000,
      passes: 1,
      passDone: 0.5,
      passLeft: 500,
      datagramsLeft: undefined,
      silentUntil: undefined,
    },
  ],
};

it('says what to do when another program has the port', async () => {
  const registry = createMetrics(promClient, () => STATUS);
  const { where, close } = await publishMetrics(registry, HERE, fail);
  onTestFinished(close);
  const port = Number(new URL(where).port);
  const again = publishMetrics(registry, { address: { address: '127.0.0.1', port } }, fail);
  await expect(again).rejects.toThrow(
    `Another program uses port ${port} of 127.0.0.1: give another port with --metrics`,
  );
});

it('serves what is so at the moment, and nothing else', async () => {
  let status = STATUS;
  const registry = createMetrics(promClient, () => status);
  const { where, close } = await publishMetrics(registry, HERE, fail);
  onTestFinished(close);
  const get = async (path: string) => {
    const response = await fetch(new URL(path, where));
    return { status: response.status, lines: (await response.text()).split('\n') };
  };
  expect((await get('/metrics')).lines).toEqual(
    expect.arrayContaining([
      'datacast_datagrams_total 10',
      'datacast_refused_total{destination="239.255.0.1:4001"} 1',
      'datacast_sent_total{destination="udp://10.0.0.5:5000"} 7',
      'datacast_ts_packets_total 49',
      'datacast_ts_null_packets_total 3',
      'datacast_lost_airtime_seconds_total 0.25',
      'datacast_pacing_error_seconds 0.002',
      'datacast_certificate_end_timestamp_seconds 1922000000',
      'datacast_bundle_sequence{bundle="ne\\"ws\\\\u000a"} 1790000000',
      'datacast_bundle_edition_timestamp_seconds{bundle="ne\\"ws\\\\u000a"} 1790000000',
      'datacast_problems 2',
      'datacast_bundle_problem{bundle="weather"} 1',
      'datacast_interface_returns_total 2',
      'datacast_bundle_parts{bundle="ne\\"ws\\\\u000a"} 95',
      'datacast_bundle_parts_changed{bundle="ne\\"ws\\\\u000a"} 3',
    ]),
  );
  // a number that stands for no time has no age
  status = { ...STATUS, flows: [{ ...STATUS.flows[0]!, sequence: 7 }] };
  expect((await get('/metrics')).lines.some((line) => line.includes('edition_timestamp_seconds{'))).toBe(
    false,
  );
  status = { ...STATUS, stats: { ...STATUS.stats, datagrams: 12 }, flows: [] };
  const { lines } = await get('/metrics');
  expect(lines).toContain('datacast_datagrams_total 12');
  expect(lines.some((line) => line.startsWith('datacast_bundle_sequence{'))).toBe(false);
  expect((await get('/')).status).toBe(404);
  status = { ...STATUS, stats: { ...STATUS.stats, datagrams: -1 } };
  expect((await get('/metrics')).status).toBe(500);
});
