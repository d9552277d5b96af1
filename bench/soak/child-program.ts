import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { cliOf, type Program } from '../../fixtures/job.js';

/** A line of JSON that a process has printed. Where it has no type, its first key is the type. */
export type ProgramEvent = Readonly<Record<string, unknown>>;

export interface ChildProgramOptions {
  readonly name: string;
  readonly program: Program;
  /** Asked for at each start. */
  args(): readonly string[];
  /** File that gets all that the process prints. */
  readonly log: string;
  onEvent(event: ProgramEvent): void;
  /** It has ended by itself. */
  onEnd(sentence: string): void;
}

/** Unix times in milliseconds between which a process ran. */
export interface Life {
  readonly began: number;
  ended: number;
}

/** One of our programs in a process of its own, which can be killed and started again. */
export interface ChildProgram {
  readonly name: string;
  start(): void;
  /** Ends it; its exit code, null when a signal has ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  /** The first event of a type that comes from now on. @throws Error when it does not come in time */
  next(type: string): Promise<ProgramEvent>;
  /** One for each start. */
  readonly lives: readonly Life[];
  /** Bytes resident at most, in all its lives. */
  readonly peakMemory: number;
}

const SAMPLE_INTERVAL = 250;
const LATEST_EVENT = 60_000;
/** A process that has not ended by then is killed. */
const LATEST_END = 20_000;

export function createChildProgram(options: ChildProgramOptions): ChildProgram {
  const { name, program, args, onEvent, onEnd } = options;
  const log = (line: string) => appendFileSync(options.log, `${line}\n`);
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  let isEnding = false;
  const lives: Life[] = [];
  let peakMemory = 0;
  let lastWords = '';
  const waiting = new Set<{ type: string; resolve(event: ProgramEvent): void }>();

  function onLine(line: string): void {
    log(line);
    const event = eventOf(line);
    if (event === undefined) {
      lastWords = line;
      return;
    }
    const type = event.type ?? Object.keys(event)[0];
    for (const each of waiting) {
      if (each.type !== type) continue;
      waiting.delete(each);
      each.resolve(event);
    }
    onEvent(event);
  }

  function sample(): void {
    if (child?.pid !== undefined) peakMemory = Math.max(peakMemory, residentAtMost(child.pid));
  }

  return {
    name,
    lives,
    start() {
      const life = { began: Date.now(), ended: Number.POSITIVE_INFINITY };
      lives.push(life);
      const started = spawn(process.execPath, [cliOf(program), ...args()], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      isEnding = false;
      for (const output of [started.stdout, started.stderr])
        createInterface({ input: output }).on('line', onLine);
      const sampling = setInterval(sample, SAMPLE_INTERVAL);
      // "close": all that it has printed is there
      ended = new Promise((resolve) => {
        started.on('close', (code, signal) => {
          clearInterval(sampling);
          life.ended = Math.min(life.ended, Date.now());
          log(`-- ended by ${signal ?? `exit code ${code}`}`);
          if (!isEnding)
            onEnd(`The ${name} ended by itself, ${signal ?? `exit code ${code}`}. ${lastWords}`.trim());
          resolve(code);
        });
      });
    },
    async end(signal) {
      isEnding = true;
      sample();
      const life = lives.at(-1);
      if (life !== undefined) life.ended = Math.min(life.ended, Date.now());
      child?.kill(signal);
      const tooLate = setTimeout(() => child?.kill('SIGKILL'), LATEST_END);
      const code = await ended;
      clearTimeout(tooLate);
      return code;
    },
    async next(type) {
      const coming = new Promise<ProgramEvent>((resolve) => waiting.add({ type, resolve }));
      const late = new AbortController();
      const found = await Promise.race([
        coming,
        ended,
        delay(LATEST_EVENT, undefined, { signal: late.signal }).catch(() => undefined),
      ]);
      late.abort();
      if (typeof found === 'object' && found !== null) return found;
      throw new Error(`The ${name} did not come to "${type}": ${lastWords}`);
    },
    get peakMemory() {
      return peakMemory;
    },
  };
}

/** Undefined for a line that is none, as the half of one that a kill has left. */
function eventOf(line: string): ProgramEvent | undefined {
  try {
    return line.startsWith('{') ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}

/** VmHWM of proc(5); 0 when the process has ended. */
function residentAtMost(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s*([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
