import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { findExtension, HET, parseAlc } from '../../codecs/alc/index.js';
import {
  createRootCache,
  FDT_OBJECT_ID,
  objectIdOf,
  parseCertExtension,
  type UplinkCertificate,
  verifyDatagram,
} from '../../codecs/auth/index.js';
import { parseFdt } from '../../codecs/fdt/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { cliOf, runProgram } from '../../fixtures/job.js';
import { WAIT } from '../../fixtures/wait.js';
import { testPublisher } from '../signed/testing.js';

it('takes up a new key and its certificate by SIGHUP, without losing a datagram, and keeps them otherwise', async () => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-renewal-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  const { publisher, uplink, sign } = await testPublisher(work);
  const signed = join(work, 'signed');
  await sign(signed);
  const certificateFile = join(uplink, 'uplink.cert');

  const socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 });
  const payloads: Uint8Array[] = [];
  socket.on('message', (message) => payloads.push(new Uint8Array(message)));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  const { port } = socket.address() as AddressInfo;

  const args = [
    'send',
    signed,
    '--keys',
    uplink,
    '--dest',
    `127.0.0.1:${port}`,
    '--rate',
    '1M',
    '--log',
    'json',
  ];
  const child: ChildProcess = spawn(process.execPath, [cliOf('datacast'), ...args, '--auth-depth', '2']);
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const events = () =>
    stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const count = (type: string, text: RegExp) =>
    events().filter((event) => event.type === type && text.test(JSON.stringify(event))).length;
  const has = (type: string, text: RegExp) =>
    vi.waitFor(() => expect(count(type, text)).toBeGreaterThan(0), WAIT);
  await has('edition', /./);
  await vi.waitFor(() => expect(payloads.length).toBeGreaterThan(50), WAIT);

  // damaged, then of another session: the present one stays
  const first = readFileSync(certificateFile);
  writeFileSync(certificateFile, first.subarray(0, 100));
  child.kill('SIGHUP');
  await has('problem', /uplink\.cert: .*damaged.*stays in use/);
  const certify = (...more: string[]) => {
    rmSync(certificateFile);
    const { status, stderr } = runProgram('datacast', [
      ...['certify', '--publisher', publisher, '--uplink', join(work, 'new', 'uplink.pub')],
      ...['--out', certificateFile, ...more],
    ]);
    expect([status, stderr]).toEqual([0, '']);
  };
  expect(runProgram('datacast', ['keygen', '--uplink', '--out', join(work, 'new')]).status).toBe(0);
  certify();
  copyFileSync(join(work, 'new', 'uplink.key'), join(uplink, 'uplink.key'));
  child.kill('SIGHUP');
  await has('problem', /is for TSI .*stays in use/);

  // the next generation of this session
  const old = join(work, 'old.cert');
  writeFileSync(old, first);
  certify('--renew', old);
  child.kill('SIGHUP');
  await has('certificate', /"generation":2/);
  const taken = payloads.length;
  await vi.waitFor(() => expect(payloads.length).toBeGreaterThan(taken + 200), WAIT);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  const { datagrams } = events().find(({ type }) => type === 'stopped');
  await vi.waitFor(() => expect(payloads.length).toBe(datagrams), WAIT);

  // each datagram is signed by the key of the certificate that the tables before it have
  const schemes = await loadFecSchemes();
  const objects = new Map<number, Uint8Array>();
  const generations: number[] = [];
  const cache = createRootCache();
  let certificate: UplinkCertificate | undefined;
  for (const payload of payloads) {
    const packet = parseAlc(payload, schemes);
    const { toi, tsi, closeSession } = packet.lct;
    if (toi === 0 && packet.fdt !== undefined) {
      const { offset, length } = findExtension(packet.lct, HET.CERT)!;
      certificate = parseCertExtension(payload.subarray(offset, offset + length));
      generations.push(certificate.generation);
      for (const { toi, sha256, fec, transferLength } of parseFdt(packet.payload).files) {
        const scheme = schemes.get(fec.encodingId!)!;
        const fti = scheme.buildFti(scheme.parametersFrom(fec.attributes, transferLength!));
        objects.set(toi, objectIdOf(nodeCrypto, sha256!, fti));
      }
    }
    const objectId = toi === 0 || closeSession ? FDT_OBJECT_ID : objects.get(toi!)!;
    const { uplinkPublicKey } = certificate!;
    const isSigned = verifyDatagram(
      nodeCrypto,
      uplinkPublicKey,
      tsi!,
      payload,
      packet.authOffset!,
      objectId,
      cache,
    );
    expect(await isSigned).toBe(true);
  }
  expect(new Set(generations)).toEqual(new Set([1, 2]));
  expect(generations).toEqual([...generations].sort());
});
