import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cliOf, compareDirectories, runProgram } from '../../fixtures/job.js';
import { WAIT } from '../../fixtures/wait.js';
import { type TestPublisher, testPublisher } from '../signed/testing.js';

let work: string;
let ours: TestPublisher;
let onAir: string;
let channel: string;
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-send-signed-'));
  ours = await testPublisher(work);
  onAir = join(work, 'on-air');
  channel = join(work, 'channel.yaml');
});
afterEach(() => rmSync(work, { recursive: true }));

function writeChannel(port: number): void {
  const bundle = `bundles:\n  - {name: news, path: ${onAir}, optional: true}\n`;
  writeFileSync(channel, `dest: 127.0.0.1:${port}\nrate: 4M\nwatch: 100ms\nsettle: 300ms\n${bundle}`);
}

function start(...argv: string[]) {
  const args = [cliOf('datacast'), 'send', '--keys', ours.uplink, '--log', 'json', ...argv];
  const child: ChildProcess = spawn(process.execPath, args);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  const events = () =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  return {
    child,
    exit,
    events,
    stderr: () => stderr,
    has: (event: object) =>
      vi.waitFor(() => expect(events()).toContainEqual(expect.objectContaining(event)), WAIT),
    async stop() {
      child.kill('SIGTERM');
      expect(await exit).toBe(0);
    },
  };
}

describe('datacast send SIGNED', () => {
  it('puts each signed edition on the air that a watched directory gets, and no half of one', async () => {
    const port = await freePort();
    writeChannel(port);
    const first = join(work, 'first');
    await ours.sign(first, { sequence: 17 });
    const received = join(work, 'received');
    const listening = listen(port, received);
    await vi.waitFor(() => expect(listening.stderr()).toMatch(/listening|"type"/i), WAIT);

    // half of it is there
    mkdirSync(onAir);
    const [part, ...rest] = readdirSync(first);
    for (const name of rest) cpSync(join(first, name), join(onAir, name));
    const sending = start('--channel', channel);
    await sending.has({
      type: 'problem',
      bundle: 'news',
      message: expect.stringMatching(/not a whole edition/),
    });
    cpSync(join(first, part!), join(onAir, part!));
    await sending.has({ type: 'edition', bundle: 'news', sequence: 17, parts: 3 });
    await vi.waitFor(() => expect(compareDirectories(ours.news, join(received, 'news'))).toBe(3), WAIT);

    // the next one carries one part and is put in the place of the first: the uplink has the others
    writeFileSync(join(ours.news, 'index.html'), '<h1>Later</h1>\n');
    const second = join(work, 'second');
    const { index } = await import('../signed/signed-edition.js').then(({ readSignedEdition }) =>
      import('../../codecs/node/crypto.js').then(({ nodeCrypto }) =>
        readSignedEdition(first, ours.keys.publisherKey, nodeCrypto),
      ),
    );
    await ours.sign(second, { sequence: 18, since: index });
    renameSync(onAir, join(work, 'gone'));
    renameSync(second, onAir);
    await sending.has({ type: 'edition', sequence: 18, changed: 1, parts: 3 });
    await vi.waitFor(() => expect(compareDirectories(ours.news, join(received, 'news'))).toBe(3), WAIT);

    // an older one stays off the air
    rmSync(onAir, { recursive: true });
    cpSync(first, onAir, { recursive: true });
    await sending.has({ type: 'problem', message: expect.stringMatching(/17, and 18 was sent already/) });
    expect(sending.events().filter(({ type }) => type === 'withdrawn')).toEqual([]);
    await sending.stop();
    expect(sending.stderr()).not.toMatch(/secret key is on this machine/);
  });

  it('goes on after a restart with what it has, and says what is wrong with what it is given', async () => {
    const port = await freePort();
    await ours.sign(onAir, { sequence: 17 });
    const send = (path: string, ...more: string[]) =>
      runProgram('datacast', [
        'send',
        path,
        '--keys',
        ours.uplink,
        '--dest',
        `127.0.0.1:${port}`,
        '--rate',
        '20M',
        '--passes',
        '1',
        ...more,
      ]);
    expect(send(onAir)).toMatchObject({ status: 0 });
    const again = send(onAir);
    expect(again.stderr).toMatch(/continued after/);

    const plain = send(ours.news);
    expect(plain.status).toBe(1);
    expect(plain.stderr).toMatch(/publisher\.key does not exist/);
    expect(send(onAir, '--sequence', '19').stderr).toMatch(/is signed already: leave --sequence/);
    const second = join(work, 'second');
    writeFileSync(join(ours.news, 'index.html'), '<h1>Other</h1>\n');
    await ours.sign(second, { sequence: 17 });
    expect(send(second).stderr).toMatch(/other content was sent with it/);
    const others = await testPublisher(work);
    const foreign = join(work, 'foreign');
    await others.sign(foreign, { sequence: 99 });
    expect(send(foreign)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/made with another key/),
    });
    writeChannel(port);
    writeFileSync(
      channel,
      `dest: 127.0.0.1:${port}\nrate: 4M\nbundles:\n  - {name: other, path: ${onAir}}\n`,
    );
    const sending = start('--channel', channel);
    await sending.has({
      type: 'problem',
      message: expect.stringMatching(/is of the bundle news, not of other/),
    });
    await sending.stop();
  });

  it('says in one line what it means that the publisher signs on the uplink', async () => {
    const port = await freePort();
    const args = ['--keys', ours.publisher, '--dest', `127.0.0.1:${port}`, '--rate', '20M', '--passes', '1'];
    const { status, stderr } = runProgram('datacast', ['send', ours.news, ...args, '--level', '1']);
    expect(status).toBe(0);
    expect(stderr.match(/The publisher's secret key is on this machine/g)).toHaveLength(1);
    expect(stderr.split('\n')[0]).toMatch(/ Sending to /);
    const nowhere = ['--dest', '239.255.0.1:4001', '--iface', 'none0', '--rate', '1M'];
    const failed = runProgram('datacast', ['send', ours.news, '--keys', ours.publisher, ...nowhere]);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^No network interface that is up is called none0\./);
  });
});

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** A receiver that trusts our publisher. */
function listen(port: number, out: string) {
  const args = ['listen', `127.0.0.1:${port}`, '--trust', join(ours.uplink, 'publisher.pub'), '--out', out];
  const child = spawn(process.execPath, [
    cliOf('datacast-receive'),
    ...args,
    '--state',
    join(work, 'state'),
    '--log',
    'json',
  ]);
  let stderr = '';
  for (const stream of [child.stderr, child.stdout]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  return { stderr: () => stderr };
}
