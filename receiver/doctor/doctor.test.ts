import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildLct } from '../../codecs/alc/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { cliOf, runProgram } from '../../fixtures/job.js';
import { CABLE, type Machine, openMachine, plugIn } from '../../fixtures/network.js';
import { requireNetworks } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';
import type { Finding } from './finding.js';
import { createHearing } from './hearing.js';
import { examineMachine } from './machine.js';

let work = '';
const at = (...names: string[]) => join(work, ...names);
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-doctor-'));
  mkdirSync(at('news'));
  writeFileSync(at('news/index.html'), 'news');
  for (const name of ['keys', 'others']) {
    expect(runProgram('datacast', ['keygen', '--out', at(name), '--no-password']).status).toBe(0);
  }
});
afterAll(() => rmSync(work, { recursive: true }));

/** Runs the doctor on a machine. */
function doctor(machine: Machine, ...args: string[]) {
  const [command, ...before] = [...machine.inside, process.execPath, cliOf('datacast-receive'), 'doctor'];
  const { status, stdout, stderr } = spawnSync(command!, [...before, ...args, '--json'], {
    encoding: 'utf8',
  });
  const { isRight, findings } = JSON.parse(stdout) as { isRight: boolean; findings: Finding[] };
  const of = (check: string) => findings.filter((finding) => finding.check === check);
  return { status, stderr, isRight, findings, of };
}

/** Sends from one machine to a group, by an address of it. */
async function startSender(machine: Machine, group: string, iface: string) {
  const [command, ...before] = [...machine.inside, process.execPath, cliOf('datacast')];
  const where = ['--dest', group, '--iface', iface, '--rate', '500k', '--fdt-interval', '200ms'];
  const own = ['--keys', at('keys'), '--state', at(`state-${group}`), '--log', 'json'];
  const child = spawn(command!, [...before, 'send', at('news'), ...where, ...own]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  await vi.waitFor(() => expect(stderr).toContain('"edition"'), WAIT);
}

describe('datacast-receive doctor', () => {
  it('looks at this machine without an address', () => {
    expect(runProgram('datacast-receive', ['doctor', '--help']).stdout).toContain('(default: 10s)');
    const { status, stdout } = runProgram('datacast-receive', ['doctor']);
    expect(stdout).toMatch(/^ok {4}The clock says 20/m);
    expect(stdout.split('\n').length).toBe(4);
    expect([0, 1]).toContain(status);
    expect(examineMachine(0)[0]).toMatchObject({ check: 'clock', state: 'wrong' });
  });

  it.each(['127.0.0.1', 'udp://127.0.0.1', 'rtp://127.0.0.1'])('looks at %s', async (where) => {
    const [command, ...args] = [process.execPath, cliOf('datacast-receive'), 'doctor'];
    const own = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void own.close());
    await once(own, 'listening');
    // free, since nobody binds it but the doctor
    const port = own.address().port === 65_535 ? 1025 : own.address().port + 1;
    const doctor = spawn(command!, [...args, `${where}:${port}`, '--duration', '2s', '--json']);
    const packet = Buffer.alloc(188, 0xff);
    packet.set([0x47, 0x1f, 0xff, 0x10]);
    const sending = setInterval(() => own.send(Buffer.concat(Array(7).fill(packet)), port, '127.0.0.1'), 50);
    let stdout = '';
    doctor.stdout.on('data', (text) => {
      stdout += text;
    });
    await once(doctor, 'close');
    clearInterval(sending);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.find(({ check }) => check === 'stream')).toEqual({
      check: 'stream',
      state: 'wrong',
      message: expect.stringMatching(
        /^\d+ datagrams of a transport stream, and no datagrams of a session in it/,
      ),
    });
  });

  it('refuses what is no address', () => {
    const { status, stderr } = runProgram('datacast-receive', ['doctor', 'udp://news']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('or udp://239.1.1.1:1234.')]);
  });

  it('finds the kernel that drops senders whom it does not reach, and what comes when it does not', async (context) => {
    if (!requireNetworks(context)) return;
    const [one, other] = [await openMachine(onTestFinished), await openMachine(onTestFinished)];
    plugIn(one, other);
    one.run(`ip addr add 192.0.2.5/32 dev ${CABLE}`);
    other.run(`sysctl -qw net.ipv4.conf.${CABLE}.rp_filter=1`);
    const group = '239.255.7.1:4001';
    await startSender(one, group, '192.0.2.5');
    const args = [group, '--iface', CABLE, '--duration', '3s'];

    const deaf = doctor(other, ...args);
    expect([deaf.status, deaf.isRight]).toEqual([1, false]);
    expect(deaf.stderr).toMatch(/Something is wrong; see above\.$/m);
    expect(deaf.of('heard')[0]).toMatchObject({
      state: 'wrong',
      message: expect.stringMatching(
        /^No datagram came in 3 seconds\. The kernel dropped [\d,]+ packets, .*eth1\.rp_filter=0/,
      ),
    });
    expect(deaf.of('rp_filter')[0]).toMatchObject({ state: 'unsure' });

    other.run(`sysctl -qw net.ipv4.conf.${CABLE}.rp_filter=0`);
    const hears = doctor(other, ...args, '--trust', at('keys/publisher.pub'));
    expect([hears.status, hears.isRight], JSON.stringify(hears.findings)).toEqual([0, true]);
    expect(hears.of('join')[0]!.message).toMatch(/joined by the network interface eth1\.$/);
    expect(hears.of('session')).toEqual([
      {
        check: 'session',
        state: 'right',
        message: expect.stringMatching(/of publisher [\d ]+, who is trusted\.$/),
      },
    ]);

    const stranger = doctor(other, ...args, '--trust', at('others/publisher.pub'));
    expect(stranger.status).toBe(1);
    expect(stranger.of('trust')[0]).toMatchObject({ state: 'wrong' });

    // the same port, and another group than the one that is on the air
    const [command, ...before] = [...other.inside, process.execPath, '-e'];
    const joiner = `const s = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true });
      s.bind(4001, '239.255.7.1', () => { s.addMembership('239.255.7.1', '10.9.0.2'); console.log('joined'); });`;
    const neighbour = spawn(command!, [...before, joiner]);
    onTestFinished(() => void neighbour.kill('SIGKILL'));
    await new Promise((resolve) => neighbour.stdout.once('data', resolve));
    const elsewhere = doctor(other, '239.255.7.2:4001', '--iface', '10.9.0.2', '--duration', '3s');
    expect(elsewhere.of('heard')[0]!.message).toMatch(
      /[\d,]+ datagrams for other addresses came to port 4001, from 192\.0\.2\.5: compare 239\.255\.7\.2 with/,
    );

    const nowhere = doctor(other, group, '--iface', 'eth9', '--duration', '1s');
    expect(nowhere.of('join')).toEqual([
      {
        check: 'join',
        state: 'wrong',
        message: expect.stringMatching(/^No network interface that is up is called eth9\./),
      },
    ]);
  });
});

const GROUP = { address: '239.255.0.1', port: 4001 };
const SENDER = { address: '192.0.2.5', port: 5000 };

describe('what the doctor hears', () => {
  it.each(['tv', undefined])('is also what a transport stream carries, of service %s', async (service) => {
    const stream = at(`${service}.ts`);
    const rate = ['--ts-rate', '1M', ...(service === undefined ? [] : ['--ts-service', service])];
    const args = ['encode', at('news'), '--keys', at('keys'), '--out', stream, ...rate];
    expect(runProgram('datacast', args).status).toBe(0);
    const hearing = createHearing(nodeCrypto, await loadFecSchemes(), GROUP);
    const packets = readFileSync(stream);
    const length = 7 * 188;
    for (let i = 0; i + length <= packets.length; i += length)
      hearing.take(packets.subarray(i, i + length), SENDER);
    await hearing.settled();
    expect(hearing.transport).toBe(Math.floor(packets.length / length));
    expect(hearing.foreign).toBe(0);
    expect(hearing.sessions).toHaveLength(1);
    expect(hearing.sessions[0]!.certificate).toBeDefined();
  });

  it('is told apart, whatever comes', async () => {
    const schemes = await loadFecSchemes();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), async (datagrams) => {
        const hearing = createHearing(nodeCrypto, schemes, GROUP);
        for (const datagram of datagrams) hearing.take(datagram, SENDER);
        await hearing.settled();
        const told = hearing.sessions.reduce((sum, each) => sum + each.datagrams, hearing.foreign);
        expect(told).toBe(datagrams.length);
      }),
    );
  });

  it('is no more than 64 sessions', async () => {
    const hearing = createHearing(nodeCrypto, await loadFecSchemes(), GROUP);
    for (let tsi = 1; tsi <= 1000; tsi++) {
      hearing.take(
        buildLct({ tsi, toi: 0, codepoint: 6, tsiLength: 2, toiLength: 2, closeSession: true }, []),
        SENDER,
      );
    }
    await hearing.settled();
    expect(hearing.sessions).toHaveLength(64);
    expect(hearing.datagrams).toBe(1000);
  });
});
