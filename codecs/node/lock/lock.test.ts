import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireMounts, requireTool } from '../../../fixtures/tools.js';
import { processIdentity } from '../process-identity.js';
import { lockFile } from './lock.js';

const ROUNDS = 300;
/** Takes the lock that a line names, gives it back at the next line, and ends with its input. */
const PROGRAM = `
  import { lockFile } from '${new URL('../../../dist/codecs/node/lock/lock.js', import.meta.url)}';
  import { createInterface } from 'node:readline';
  let unlock;
  for await (const line of createInterface(process.stdin)) {
    if (unlock !== undefined) {
      await unlock();
      unlock = undefined;
    } else {
      const lock = await lockFile(line);
      if (typeof lock === 'function') unlock = lock;
      console.log(JSON.stringify(unlock ? { held: process.pid } : { refused: lock.holder }));
      continue;
    }
    console.log('{}');
  }
`;

let directory = '';
let lock = '';
let contenders: Contender[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-lock-'));
  lock = join(directory, 'lock');
  contenders = [];
});
afterEach(async () => {
  for (const { child } of contenders) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

interface Answer {
  readonly held?: number;
  readonly refused?: number;
}

interface Contender {
  readonly child: ChildProcess;
  /** Takes the lock, or gives it back. */
  say(line?: string): Promise<Answer>;
  /** Ends it as it is. */
  kill(): Promise<void>;
}

/** A process, perhaps started by another program. */
function contender(...command: string[]): Contender {
  const [program = '', ...args] = [...command, process.execPath, '--input-type=module', '-e', PROGRAM];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const made = {
    child,
    async say(line = '') {
      child.stdin!.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The contender has ended.');
      return JSON.parse(value) as Answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
  contenders.push(made);
  return made;
}

/** Several take the lock at the same time, again and again; exactly one gets it each time. */
async function contest(all: readonly Contender[], path: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const answers = await Promise.all(all.map((each) => each.say(path)));
    const holders = answers.flatMap(({ held }) => held ?? []);
    expect(holders, `round ${round}: ${JSON.stringify(answers)}`).toHaveLength(1);
    // what others are told is whom they would have to end
    for (const { refused } of answers) if (refused !== undefined) expect(refused).toBe(holders[0]);
    await all[answers.findIndex(({ held }) => held !== undefined)]!.say();
  }
  expect(readdirSync(dirname(path))).toEqual([]);
}

it(`has one holder of three that come at the same time, ${ROUNDS} times`, async () => {
  await contest([contender(), contender(), contender()], lock, ROUNDS);
});

it('is free at once when its holder is killed', async () => {
  const next = contender();
  for (let round = 0; round < 10; round++) {
    const holder = contender();
    await holder.say(lock);
    expect(await next.say(lock)).toEqual({ refused: holder.child.pid });
    await holder.kill();
    expect(await next.say(lock)).toEqual({ held: next.child.pid });
    await next.say();
  }
  expect(readdirSync(directory)).toEqual([]);
});

it('stays with a holder that is stopped', async () => {
  const holder = contender();
  await holder.say(lock);
  holder.child.kill('SIGSTOP');
  expect(await lockFile(lock)).toMatchObject({ holder: holder.child.pid });
});

it('has one holder in a process, too', async () => {
  const unlock = await lockFile(lock);
  expect(await lockFile(lock)).toMatchObject({ holder: process.pid });
  await (unlock as () => Promise<void>)();
  expect(readdirSync(directory)).toEqual([]);
});

it('works in a directory whose path is longer than that of a socket may be', async () => {
  const deep = join(directory, 'd'.repeat(100), 'e'.repeat(100));
  mkdirSync(deep, { recursive: true });
  await contest([contender(), contender(), contender()], join(deep, 'lock'), 20);
});

it('is not held up by who connects and says nothing', async () => {
  const holder = contender();
  await holder.say(lock);
  const [socket = ''] = readdirSync(directory);
  const silent = Array.from({ length: 50 }, () => connect(join(directory, socket)));
  await Promise.all(silent.map((each) => once(each, 'connect')));
  expect(await contender().say(lock)).toEqual({ refused: holder.child.pid });
  await holder.say();
  expect(await contender().say(lock)).toHaveProperty('held');
  for (const each of silent) each.destroy();
});

it('does not keep its process from ending', () => {
  const program = `import { lockFile } from '${new URL('../../../dist/codecs/node/lock/lock.js', import.meta.url)}';
    await lockFile(${JSON.stringify(lock)});`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 });
  expect(status).toBe(0);
});

it('leaves files of other names alone', async () => {
  const names = ['lock', 'lock.txt', 'lock.0123456789abcdef.x', 'other.0123456789abcdef.999999999'];
  for (const name of names) writeFileSync(join(directory, name), '');
  const unlock = (await lockFile(lock)) as () => Promise<void>;
  await unlock();
  expect(readdirSync(directory).sort()).toEqual(names.sort());
});

describe('in PID namespaces of their own', () => {
  const inNamespace = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

  it('has one holder, whom a kill ends', async (context) => {
    if (!requireMounts(context)) return;
    const holder = contender(...inNamespace);
    const others = [contender(...inNamespace), contender()];
    // the first process of a namespace has the number 1, whoever looks
    expect(await holder.say(lock)).toEqual({ held: 1 });
    for (const other of others) expect(await other.say(lock)).toEqual({ refused: 1 });
    await holder.kill();
    expect(await others[0]!.say(lock)).toEqual({ held: 1 });
    expect(await others[1]!.say(lock)).toEqual({ refused: 1 });
  });

  it('has one holder of three that come at the same time', async (context) => {
    if (!requireMounts(context)) return;
    await contest([contender(...inNamespace), contender(...inNamespace), contender()], lock, 20);
  });
});

describe('where there are no sockets', () => {
  /** The system answers bind(2) as FAT does. */
  const strace = [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=bind',
    '-e',
    'inject=bind:error=EPERM',
  ];
  const claim = (identity: string) => join(directory, `lock.0123456789abcdef.${identity}`);

  it('has one holder of three that come at the same time', async (context) => {
    if (!requireTool('strace', context)) return;
    const all = [contender(...strace), contender(...strace), contender(...strace)];
    await contest(all, lock, 30);
  });

  it('has one holder where only some have sockets', async (context) => {
    if (!requireTool('strace', context)) return;
    await contest([contender(...strace), contender(), contender()], lock, 30);
  });

  it('is free when its holder is killed', async (context) => {
    if (!requireTool('strace', context)) return;
    const holder = contender(...strace);
    const { held } = await holder.say(lock);
    expect(await lockFile(lock)).toMatchObject({ holder: held });
    expect(readdirSync(directory, { withFileTypes: true }).map((entry) => entry.isFile())).toEqual([true]);
    process.kill(held!, 'SIGKILL');
    await once(holder.child, 'close');
    const unlock = await lockFile(lock);
    expect(unlock).toBeTypeOf('function');
    await (unlock as () => Promise<void>)();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['whose number another process has now', (own: string[]) => [own[0], `${own[1]}0`, own[2], own[3]]],
    ['of an earlier start of the machine', (own: string[]) => [own[0], own[1], own[2], '00000000']],
    [
      'of an earlier start of the machine, in another namespace',
      (own: string[]) => [own[0], own[1], '1', '00000000'],
    ],
    ['that has ended', (own: string[]) => ['999999999', ...own.slice(1)]],
  ])('takes over the claim of a process %s', async (_, change) => {
    writeFileSync(claim(change(processIdentity().split('-')).join('-')), 'held\n');
    const unlock = await lockFile(lock);
    expect(unlock).toBeTypeOf('function');
    await (unlock as () => Promise<void>)();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves the lock to a process of another namespace: nobody can tell whether it has ended', async () => {
    const [pid, start, , boot] = processIdentity().split('-');
    writeFileSync(claim(`${pid}-${start}-1-${boot}`), 'held\n');
    expect(await lockFile(lock)).toEqual({ holder: process.pid, path: claim(`${pid}-${start}-1-${boot}`) });
  });
});

it('says what the file system says', async () => {
  await expect(lockFile(join(directory, 'none', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});
