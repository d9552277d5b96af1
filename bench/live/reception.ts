import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compareDirectories, ROOT, runProgram } from '../../fixtures/job.js';
import { writeLargeDirectory } from '../../fixtures/large-directory.js';
import { kernelDrops } from '../../receiver/live/index.js';

export interface ReceptionCase {
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Seconds that the content takes; it is sent for half as long again. */
  readonly seconds: number;
  /** Share of the datagrams that the channel has lost, so that there is something to decode. */
  readonly loss: number;
  /** Threads of the receiver besides that of the socket. */
  readonly jobs: number;
  readonly verify: 'lazy' | 'eager';
  /** The receiver may use one processor core only. */
  readonly oneCore: boolean;
}

export interface ReceptionResult extends ReceptionCase {
  /** Bits per second that were really sent. */
  readonly sentRate: number;
  readonly sent: number;
  /** Datagrams that the receiver's program counted. */
  readonly received: number;
  /** Datagrams that the kernel dropped since the socket's buffer was full, by /proc/net/udp. */
  readonly kernelDrops: number;
  /** Bytes of the socket's buffer. */
  readonly bufferBytes: number;
  /** Processor time of the receiver's process while datagrams came, for each second. */
  readonly cores: number;
  /** Bytes resident at most. */
  readonly peakMemory: number;
  /** Seconds from the first datagram to the complete, verified and written bundle. */
  readonly complete: number;
}

const SENDER = join(ROOT, 'dist', 'bench', 'live', 'reception-sender.js');
const RECEIVER = join(ROOT, 'dist', 'receiver', 'cli.js');
const ADDRESS = '127.0.0.1';
/** UDP payload of a full packet, and the symbol in it. */
const SYMBOL_SHARE = 1388 / 1500;
const SEED = 1;
/** Clock ticks of /proc/PID/stat (proc(5)), 100 on every Linux there is. */
const TICKS = 100;
const LATEST = 60_000;

/**
 * Lets `datacast-receive listen` receive a prepared session that another process sends over the loopback interface, and
 * counts what it lost. Only on Linux.
 */
export async function measureReception(given: ReceptionCase): Promise<ReceptionResult> {
  const work = mkdtempSync(join(tmpdir(), 'datacast-reception-'));
  const at = (name: string) => join(work, name);
  try {
    prepare(given, at);
    return await measure(given, at);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function prepare({ rate, seconds, loss }: ReceptionCase, at: (name: string) => string): void {
  const bytes = Math.floor(((rate * seconds) / 8) * SYMBOL_SHARE * (1 - loss));
  writeLargeDirectory(at('content'), bytes, SEED, 1);
  const expected = String(Math.round(100 * loss));
  run('datacast', ['keygen', '--out', at('keys'), '--no-password']);
  const encoding = [
    '--keys',
    at('keys'),
    '--out',
    at('sent.pcap'),
    '--level',
    '1',
    '--expect-loss',
    expected,
  ];
  run('datacast', ['encode', at('content'), ...encoding]);
  const channel = ['--loss', `${Number((100 * loss).toFixed(6))}%`, '--seed', String(SEED)];
  run('datacast-bench', ['channel', at('sent.pcap'), at('received.pcap'), ...channel]);
}

function run(...[program, args]: Parameters<typeof runProgram>): void {
  const { status, stderr } = runProgram(program, args);
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with exit code ${status}: ${stderr}`);
}

async function measure(given: ReceptionCase, at: (name: string) => string): Promise<ReceptionResult> {
  const { rate, seconds, jobs, verify, oneCore } = given;
  const trust = ['--trust', at('keys/publisher.pub'), '--out', at('out'), '--state', at('state')];
  const options = [...trust, '--log', 'json', '--jobs', String(jobs), '--verify', verify];
  const receiver = startReceiver(['listen', `${ADDRESS}:0`, ...options], oneCore);
  try {
    const listening = await receiver.event('listening');
    const port = Number(/[0-9]+$/.exec(String(listening.at))![0]);
    const before = cpuSeconds(receiver.process.pid!);
    const began = Date.now();
    const sender = await send([at('received.pcap'), String(port), String(rate), String(1.5 * seconds)]);
    const cores = (cpuSeconds(receiver.process.pid!) - before) / (sender.milliseconds / 1000);
    const written = await receiver.event('complete');
    await delay(500);
    const drops = kernelDrops({ address: ADDRESS, port }) ?? 0;
    const peakMemory = residentAtMost(receiver.process.pid!);
    receiver.process.kill('SIGTERM');
    const stopped = await receiver.event('stopped');
    compareDirectories(at('content'), join(at('out'), String(written.path)));
    return {
      ...given,
      sent: sender.sent,
      sentRate: sender.bits / (sender.milliseconds / 1000),
      received: Number(stopped.datagrams),
      kernelDrops: drops,
      bufferBytes: Number(listening.bufferBytes),
      cores,
      peakMemory,
      complete: (Date.parse(String(written.time)) - began) / 1000,
    };
  } finally {
    receiver.process.kill('SIGKILL');
  }
}

type ReceiverEvent = Record<string, unknown>;

function startReceiver(args: readonly string[], oneCore: boolean) {
  const command = [process.execPath, RECEIVER, ...args];
  const [program, ...rest] = oneCore ? ['taskset', '-c', '0', ...command] : command;
  const child: ChildProcess = spawn(program!, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  const events: ReceiverEvent[] = [];
  const other: string[] = [];
  let changed = () => {};
  let ended = false;
  createInterface({ input: child.stderr! }).on('line', (line) => {
    if (line.startsWith('{')) events.push(JSON.parse(line));
    else other.push(line);
    changed();
  });
  child.on('close', () => {
    ended = true;
    changed();
  });
  return {
    process: child,
    /** The first event of a type, now or later. */
    async event(type: string): Promise<ReceiverEvent> {
      const deadline = Date.now() + LATEST;
      for (;;) {
        const found = events.find((event) => event.type === type);
        if (found !== undefined) return found;
        if (ended || Date.now() > deadline) {
          throw new Error(`The receiver did not come to "${type}". ${other.join(' ')}`);
        }
        await Promise.race([new Promise<void>((resolve) => (changed = resolve)), delay(1000)]);
      }
    },
  };
}

function send(args: readonly string[]): Promise<{ sent: number; bits: number; milliseconds: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SENDER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`The sender ended with exit code ${code}.`)),
    );
  });
}

/** Processor time that a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function residentAtMost(pid: number): number {
  return 1024 * Number(/VmHWM:\s*([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** True when a process can be kept on one core here. */
export function canPin(): boolean {
  return spawnSync('taskset', ['--version'], { stdio: 'ignore' }).error === undefined;
}
