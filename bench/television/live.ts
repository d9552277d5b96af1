import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../../codecs/node/command.js';
import { cliOf } from '../../fixtures/job.js';
import { type Departure, paceError } from '../live/pace-error.js';

/** What a live transport stream was like where it arrived, in the judgement of other programs. */
export interface LiveResult {
  readonly tsRate: number;
  readonly seconds: number;
  /** Transport packets that multicat has recorded. */
  readonly packets: number;
  /** PCRs that tshark has read, and by how many nanoseconds they are off the place of their bytes at most. */
  readonly pcrs: number;
  readonly pcrError: number;
  /** Largest error of the rate in any second of arrivals, as multicat has noted them; a fraction of the rate. */
  readonly worstSecond: number;
  /** Continuity errors that ffmpeg has found. */
  readonly continuityErrors: number;
  /** Whether both recordings hold the same bytes. */
  readonly isIdentical: boolean;
  /** Processor time of the sender for each second. */
  readonly cores: number;
}

export interface LiveCase {
  readonly tsRate: number;
  readonly seconds: number;
  /** Directory or file to send, keys, and room for recordings. */
  readonly content: string;
  readonly keys: string;
  readonly directory: string;
}

const PACKET = 188;
const CHUNK = 7 * PACKET;
const CLOCK = 27_000_000;
/** Packets that tshark looks into: it keeps what it has read in memory. */
const JUDGED_PACKETS = 200_000;
/** A tool that does not start listening by then never does. */
const START = 500;
const TICKS = 100;

/** Sends to two destinations, UDP and RTP, where multicat records. */
export async function measureLive({
  tsRate,
  seconds,
  content,
  keys,
  directory,
}: LiveCase): Promise<LiveResult> {
  const ports = [await freePort(), await freePort()];
  const files = ['udp.ts', 'rtp.ts'].map((name) => join(directory, name));
  const recorders = [
    multicat('-u', `@127.0.0.1:${ports[0]}`, files[0]!),
    multicat(`@127.0.0.1:${ports[1]}`, files[1]!),
  ];
  try {
    await delay(START);
    const sender = spawn(
      process.execPath,
      [
        ...[
          cliOf('datacast'),
          'send',
          content,
          '--keys',
          keys,
          '--state',
          join(directory, `state-${tsRate}`),
        ],
        ...['--level', '1', '--duration', `${seconds}s`, '--ts-rate', String(tsRate), '--ts-service', 'tv'],
        ...['--ts', `udp://127.0.0.1:${ports[0]}`, '--ts', `rtp://127.0.0.1:${ports[1]}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    sender.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const sampling = setInterval(() => {
      cpu = cpuSeconds(sender) ?? cpu;
    }, 500);
    let cpu = 0;
    const code = await new Promise((resolve) => sender.on('exit', resolve));
    clearInterval(sampling);
    if (code !== 0) throw new CliError(`datacast send ended with exit code ${code}: ${said}`);
    await delay(START);
    for (const recorder of recorders) recorder.kill('SIGTERM');
    await Promise.all(recorders.map((recorder) => new Promise((resolve) => recorder.on('exit', resolve))));
    const [udp, rtp] = files as [string, string];
    const pcrs = pcrsOf(udp);
    return {
      tsRate,
      seconds,
      packets: statSync(udp).size / PACKET,
      pcrs: pcrs.length,
      pcrError: pcrError(pcrs, tsRate),
      worstSecond: paceError(arrivalsOf(udp), tsRate, 1000).worstWindow,
      continuityErrors: continuityErrors(udp),
      isIdentical: areEqual(udp, rtp),
      cores: cpu / seconds,
    };
  } finally {
    for (const recorder of recorders) recorder.kill('SIGKILL');
    for (const file of files) {
      rmSync(file, { force: true });
      rmSync(auxiliary(file), { force: true });
    }
  }
}

function multicat(...args: readonly string[]): ChildProcess {
  // a recorder that has to wait for other programs notes when it was woken up, and loses what came meanwhile
  const priority = process.getuid?.() === 0 ? ['-i', '10'] : [];
  const child = spawn('multicat', [...priority, ...args], { stdio: 'ignore' });
  child.on('error', () => {});
  return child;
}

/** @throws CliError where a tool is missing */
export function requireLiveTools(): void {
  for (const [tool, option, source] of [
    ['multicat', '-h', 'multicat'],
    ['tshark', '--version', 'tshark'],
    ['ffmpeg', '-version', 'ffmpeg'],
  ] as const) {
    if (spawnSync(tool, [option], { stdio: 'ignore' }).error === undefined) continue;
    throw new CliError(
      `${tool} is needed to judge the live stream: install it (on Debian: apt-get install ${source}).`,
    );
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

const auxiliary = (file: string) => file.replace(/\.ts$/, '.aux');

/** When each datagram arrived: multicat notes it beside a recording, 64 bits of 27 MHz each. */
function arrivalsOf(file: string): Departure[] {
  const times = readFileSync(auxiliary(file));
  return Array.from({ length: times.length / 8 }, (_, i) => ({
    time: Number(times.readBigUInt64BE(8 * i)) / (CLOCK / 1000),
    bytes: CHUNK,
  }));
}

interface Pcr {
  /** Transport packets before it. */
  readonly place: number;
  readonly ticks: number;
}

/** The PCRs of the first packets, read by tshark. */
function pcrsOf(file: string): Pcr[] {
  const args = ['-r', file, '-c', String(JUDGED_PACKETS), '-Y', 'mp2t.af.pcr', '-T', 'fields'];
  const { stdout } = spawnSync('tshark', [...args, '-e', 'frame.number', '-e', 'mp2t.af.pcr'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [number, ticks] = line.split('\t');
      return { place: Number(number) - 1, ticks: Number(ticks) };
    });
}

/** Nanoseconds by which a PCR is off the place of its bytes at a constant rate, counted from the first one, at most. */
function pcrError(pcrs: readonly Pcr[], tsRate: number): number {
  const [first] = pcrs;
  if (first === undefined) return Number.NaN;
  const errors = pcrs.map(({ place, ticks }) => {
    const seconds = ((place - first.place) * PACKET * 8) / tsRate;
    return Math.abs((ticks - first.ticks) / CLOCK - seconds) * 1e9;
  });
  return Math.max(...errors);
}

/** Continuity errors that ffmpeg finds. */
function continuityErrors(file: string): number {
  const args = ['-v', 'debug', '-i', file, '-map', '0', '-c', 'copy', '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  return stderr.split('Continuity check failed').length - 1;
}

/** Compares files that may be larger than the memory. */
function areEqual(one: string, other: string): boolean {
  if (!existsSync(other) || statSync(one).size !== statSync(other).size) return false;
  const handles = [openSync(one, 'r'), openSync(other, 'r')] as const;
  const pieces = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)] as const;
  try {
    for (;;) {
      const [length] = handles.map((handle, i) => readSync(handle, pieces[i]!));
      if (length === 0) return true;
      if (!pieces[0].subarray(0, length).equals(pieces[1].subarray(0, length))) return false;
    }
  } finally {
    for (const handle of handles) closeSync(handle);
  }
}

/** Processor time that a process has used; undefined when it has ended. */
function cpuSeconds({ pid }: ChildProcess): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}
