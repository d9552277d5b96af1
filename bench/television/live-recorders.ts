import { type SpawnOptions, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
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

const PACKET_BITS = 8 * 188;
/** Packets in a UDP datagram. */
const PACKETS = 7;
const NOBODY = 65_534;
/** Milliseconds to begin, and to write what has come. */
const START = 60_000;
const END = 4_000;

/**
 * Plays a stream to a recorder at its rate, twice, as a playout server plays a file in a loop: a recorder misses how it begins.
 *
 * @param directory for its file, and for what else it writes
 * @returns its file
 * @throws Error when it does not listen
 */
export async function recordLive(
  { name, program, args }: LiveRecorder,
  stream: Uint8Array,
  tsRate: number,
  directory: string,
): Promise<string> {
  const own = mkdtempSync(join(directory, 'live-'));
  chmodSync(directory, 0o755);
  chmodSync(own, 0o777);
  const file = join(own, 'recorded.ts');
  const port = await freePort();
  const child = spawn(program, args(port, file), { ...asNobody(own), cwd: own, stdio: 'ignore' });
  const exit = once(child, 'exit');
  try {
    await untilListening(port, () => child.exitCode === null && child.signalCode === null, name);
    for (let round = 0; round < 2; round++) await play(stream, tsRate, port);
    await setTimeout(END);
  } finally {
    child.kill('SIGTERM');
    if ((await Promise.race([exit, setTimeout(START)])) === undefined) child.kill('SIGKILL');
  }
  // one that finds no programme writes nothing
  if (!existsSync(file)) writeFileSync(file, '');
  return file;
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

async function play(stream: Uint8Array, tsRate: number, port: number): Promise<void> {
  const socket = createSocket('udp4');
  const start = performance.now();
  for (let at = 0; at < stream.length; ) {
    const due = ((performance.now() - start) * tsRate) / 1000 / PACKET_BITS;
    for (; at < stream.length && at / 188 <= due; at += PACKETS * 188) {
      const payload = stream.subarray(at, at + PACKETS * 188);
      await new Promise((resolve) => socket.send(payload, port, '127.0.0.1', resolve));
    }
    await setTimeout(5);
  }
  socket.close();
}
