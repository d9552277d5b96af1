import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toHex } from '../../codecs/bytes.js';
import { requireNetworks, requireTool } from '../../fixtures/tools.js';
import { recordContent } from '../testing.js';
import { datagramsIn } from './testing.js';

let work = '';
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-tcpreplay-'));
  mkdirSync(join(work, 'content'));
  writeFileSync(join(work, 'content', 'index.html'), '<p>날씨</p>');
  await recordContent(work, 0.1, 3);
});
afterAll(() => rmSync(work, { recursive: true }));

/** Two ends of a cable; a route to the senders of recordings, so that the kernel takes what they send. */
const CABLE = [
  'ip link add v0 type veth peer name v1',
  'ip link set v0 up',
  'ip link set v1 up',
  'ip addr add 10.9.0.2/24 dev v1',
  'ip route add 192.0.2.0/24 dev v1',
  'exec "$@"',
].join(' && ');

/** Joins the group at one end, has tcpreplay send at the other, and prints what arrives. */
const LISTENER = `
const { createSocket } = require('node:dgram');
const { execFile } = require('node:child_process');
const [file, group, port, count] = process.argv.slice(1);
const socket = createSocket('udp4');
const arrived = [];
socket.on('message', (payload) => {
  arrived.push(payload.toString('hex'));
  if (arrived.length < count) return;
  process.stdout.write(arrived.join('\\n'), () => process.exit());
});
socket.bind(Number(port), () => {
  socket.addMembership(group, '10.9.0.2');
  execFile('tcpreplay', ['--pps', '200', '-i', 'v0', file], (error) => {
    if (error) throw error;
  });
});
`;

it('tcpreplay sends a recording as it was made', async (context) => {
  if (!requireTool('tcpreplay', context) || !requireTool('ip', context) || !requireNetworks(context)) return;
  const file = join(work, 'sent.pcap');
  const datagrams = await datagramsIn(file);
  const [{ destination, destinationPort }] = datagrams as [(typeof datagrams)[0]];
  const listener = [process.execPath, '-e', LISTENER, file, destination, `${destinationPort}`];
  const args = ['--net', 'sh', '-c', CABLE, 'sh', ...listener, `${datagrams.length}`];
  const { stdout, stderr, status } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 100_000 });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').sort()).toEqual(datagrams.map(({ payload }) => toHex(payload)).sort());
});
