import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cliOf } from '../../fixtures/job.js';
import { toolPath } from '../../fixtures/tools.js';
import { kernelDrops } from '../../receiver/live/index.js';

/** A program that records a transport stream which comes over UDP. */
export interface LiveRecorder {
  readonly name: string;
  readonly program: 'cvlc' | 'mpv' | 'multicat';
  args(port: number, file: string): readonly string[];
}

export const LIVE_RECORDERS: readonly LiveRecorder[] = [
  {
    name: 'VLC',
    program: 'cvlc',
    args: (port, file) => [
      ...['-I', 'dummy', '--quiet', '--no-osd', `udp://@127.0.0.1:${port}`],
      ...['--sout', `#std{access=file,mux=ts,dst=${file}}`],
    ],
  },
  {
    name: 'mpv',
    program: 'mpv',
    args: (port, file) => [
      ...['--no-config', '--no-terminal', '--vo=null', '--ao=null', '--cache=yes'],
      ...[`--stream-record=${file}`, `udp://127.0.0.1:${port}`],
    ],
  },
  { name: 'multicat', program: 'multicat', args: (port, file) => ['-u', `@127.0.0.1:${port}`, file] },
];

export function isInstalled({ program }: LiveRecorder): boolean {
  return toolPath(program) !== undefined;
}

const NOBODY = 65_534;
/** Milliseconds to begin, to record, and to write what has come. */
const START = 60_000;
const RECORDING = 30_000;
const END = 60_000;

/** What is sent live, and where there is room for recordings. */
export interface LiveSource {
  readonly content: string;
  readonly keys: string;
  /** Of `datacast send`, its rates and its service. */
  readonly options: readonly string[];
  readonly directory: string;
}

/**
 * Records what `datacast send` sends, with some programs at the same time. They begin before it, and end while it goes on.
 *
 * @returns a file of each, and one of all that came until they were told to end
 * @throws Error when one does not listen, or the sender ends
 */
export async function recordLive(
  recorders: readonly LiveRecorder[],
  { content, keys, options, directory }: LiveSource,
): Promise<{ readonly files: readonly string[]; readonly whole: string }> {
  chmodSync(directory, 0o755);
  const own = mkdtempSync(join(directory, 'live-'));
  const children: ChildProcess[] = [];
  const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 22 });
  try {
    const recordings = await Promise.all(recorders.map((recorder) => begin(recorder, own, children)));
    const datagrams: Uint8Array[] = [];
    socket.on('message', (datagram) => void datagrams.push(datagram));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const ports = [socket.address().port, ...recordings.map(({ port }) => port)];
    const to = ports.flatMap((port) => ['--ts', `udp://127.0.0.1:${port}`]);
    const args = ['send', content, '--keys', keys, '--state', join(own, 'state'), ...to, ...options];
    const sender = spawn(process.execPath, [cliOf('datacast'), ...args], { stdio: 'ignore' });
    children.unshift(sender);
    await setTimeout(RECORDING);
    if (sender.exitCode !== null) throw new Error(`datacast send ended with ${sender.exitCode}.`);
    const whole = join(own, 'whole.ts');
    writeFileSync(whole, Buffer.concat(datagrams));
    await Promise.all(children.slice(1).map(end));
    // one that finds no programme writes nothing
    for (const { file } of recordings) if (!existsSync(file)) writeFileSync(file, '');
    return { files: recordings.map(({ file }) => file), whole };
  } finally {
    socket.close();
    await Promise.all(children.map(end));
  }
}

/** Starts a recorder. */
async function begin(
  { name, program, args }: LiveRecorder,
  directory: string,
  children: ChildProcess[],
): Promise<{ readonly port: number; readonly file: string }> {
  const own = join(directory, program);
  mkdirSync(own);
  chmodSync(directory, 0o755);
  chmodSync(own, 0o777);
  const file = join(own, 'recorded.ts');
  const port = await freePort();
  const child = spawn(program, args(port, file), { ...asNobody(own), cwd: own, stdio: 'ignore' });
  children.push(child);
  await untilListening(port, () => child.exitCode === null && child.signalCode === null, name);
  return { port, file };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  if ((await Promise.race([exit, setTimeout(END)])) === undefined) child.kill('SIGKILL');
}

/** Options that start a program as a user who is not root, which VLC refuses to be run by, with a directory of its own. */
export function asNobody(home: string): SpawnOptions {
  const isRoot = process.getuid?.() === 0;
  return { env: { ...process.env, HOME: home }, ...(isRoot && { uid: NOBODY, gid: NOBODY }) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilListening(port: number, isRunning: () => boolean, name: string): Promise<void> {
  const until = performance.now() + START;
  while (!['127.0.0.1', '0.0.0.0'].some((address) => kernelDrops({ address, port }) !== undefined)) {
    if (!isRunning() || performance.now() > until) throw new Error(`${name} does not listen.`);
    await setTimeout(50);
  }
}
