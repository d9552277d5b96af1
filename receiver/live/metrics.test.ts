import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { loadPromClient } from '../../codecs/node/monitoring/prom-client.js';
import { metricsTarget, publishMetrics } from '../../codecs/node/monitoring/publish-metrics.js';
import { hasUnprintable } from '../../codecs/text.js';
import { runProgram } from '../../fixtures/job.js';
import { createCounters } from '../engine/ports/events.js';
import { testPublisher } from '../testing.js';
import { createMetrics, type ListenStatus } from './metrics.js';

const PUBLISHER = 'ab'.repeat(32);
const STATUS: ListenStatus = {
  counters: { ...createCounters(), datagrams: 12, kept: 7, malformed: 5 },
  lost: { kernel: undefined, program: 3 },
  lastHeard: undefined,
  interfaceReturns: 1,
  problems: 2,
  storedBytes: 4096,
  bundles: [
    {
      publisher: PUBLISHER,
      name: '소식"\n',
      sequence: 1_790_000_000,
      isComplete: false,
      files: { there: 3, of: 4 },
      bytes: { there: 30, of: 40 },
    },
  ],
};
const fail = (error: unknown) => {
  throw error;
};

it('says what is so at the moment, and nothing that is not known', async () => {
  let status = STATUS;
  const registry = createMetrics(await loadPromClient(), () => status);
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'datacast_receive_up 1',
      'datacast_receive_datagrams_total 12',
      'datacast_receive_rejected_total{reason="malformed"} 5',
      'datacast_receive_lost_total{by="program"} 3',
      'datacast_receive_interface_returns_total 1',
      expect.stringMatching(
        /^datacast_receive_bundle_complete\{publisher="[\d ]+",bundle="소식\\"\\\\u000a"\} 0$/,
      ),
      expect.stringMatching(/^datacast_receive_bundle_files_there\{.*\} 3$/),
      expect.stringMatching(/^datacast_receive_bundle_edition_timestamp_seconds\{.*\} 1790000000$/),
    ]),
  );
  expect(
    lines.some((line) => /^datacast_receive_lost_total\{by="kernel"\}|^datacast_receive_last/.test(line)),
  ).toBe(false);
  // what would turn, hide or drive something is escaped as everywhere
  status = { ...STATUS, bundles: [{ ...STATUS.bundles[0]!, name: 'ne\u202ews\u200b\x9b\u{e0061}' }] };
  const hostile = await registry.metrics();
  expect(hostile).toMatch(
    /^datacast_receive_bundle_files\{.*bundle="ne\\\\u202ews\\\\u200b\\\\u009b\\\\u\{e0061\}"\} 4$/m,
  );
  expect(hasUnprintable(hostile.replaceAll('\n', ''))).toBe(false);
  status = { ...STATUS, lastHeard: 5000, bundles: [] };
  const later = await registry.metrics();
  expect(later).toContain('datacast_receive_last_datagram_timestamp_seconds 5\n');
  expect(later).not.toMatch(/^datacast_receive_bundle_sequence\{/m);
});

it('writes them to a file, whole and readable for others, or serves them to this machine alone', async () => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-metrics-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const registry = createMetrics(await loadPromClient(), () => STATUS);
  const file = join(work, 'datacast.prom');
  const written = await publishMetrics(registry, metricsTarget(file), fail);
  expect(written.where).toBe(file);
  expect(readFileSync(file, 'utf8')).toBe(await registry.metrics());
  expect(statSync(file).mode & 0o444).toBe(0o444);
  await written.close();
  const served = await publishMetrics(registry, metricsTarget('127.0.0.1:0'), fail);
  onTestFinished(served.close);
  expect(served.where).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  expect(await (await fetch(served.where)).text()).toBe(await registry.metrics());
  expect((await fetch(served.where, { method: 'POST' })).status).toBe(405);
});

it('are served before anything is listened to, or nothing is', async () => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-metrics-'));
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => {
    taken.close();
    rmSync(work, { recursive: true });
  });
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { publicKey } = await testPublisher(nodeCrypto, 1);
  const trust = formatPublicKey({ publicKey, keyId: publicKey.subarray(0, 8) });
  const places = ['--out', join(work, 'out'), '--state', join(work, 'state')];
  const args = ['listen', '127.0.0.1:0', '--trust', trust.trim().split('\n').at(-1)!, ...places];
  const { status, stderr } = runProgram('datacast-receive', [...args, '--metrics', String(port)]);
  expect([status, stderr]).toEqual([
    1,
    `Another program uses port ${port} of 127.0.0.1: give another port with --metrics, or 0 for any.\n`,
  ]);
});

it.each([
  ['9464', { address: { address: '127.0.0.1', port: 9464 } }],
  ['192.0.2.7:9464', { address: { address: '192.0.2.7', port: 9464 } }],
  ['[::1]:0', { address: { address: '::1', port: 0 } }],
  ['/run/datacast.prom', { file: '/run/datacast.prom' }],
])('takes %s', (text, target) => expect(metricsTarget(text)).toEqual(target));

it.each(['', '65536', 'localhost:9464', '/run/datacast.txt', '1.2.3:4'])('refuses %j', (text) => {
  expect(() => metricsTarget(text)).toThrow(/^A port of 127\.0\.0\.1 is needed/);
});
