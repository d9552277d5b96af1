import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { cliOf, type Program, runProgram } from '../../fixtures/job.js';
import { CABLE, type Machine, openMachine, plugIn, pullOut } from '../../fixtures/network.js';
import { requireNetworks } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';

let work = '';
const at = (...names: string[]) => join(work, ...names);
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-network-'));
  expect(runProgram('datacast', ['keygen', '--out', at('keys'), '--no-password']).status).toBe(0);
});
afterAll(() => rmSync(work, { recursive: true }));

interface Running {
  readonly events: Record<string, unknown>[];
  has(event: Record<string, unknown>, count?: number): Promise<void>;
  end(): Promise<number>;
}

/** Runs a program on a machine; its events are read. */
function run(machine: Machine, program: Program, ...args: string[]): Running {
  const [command, ...before] = [...machine.inside, process.execPath, cliOf(program)];
  const child = spawn(command!, [...before, ...args, '--log', 'json']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const events: Record<string, unknown>[] = [];
  createInterface(child.stderr).on('line', (line) => events.push(JSON.parse(line)));
  return {
    events,
    has: (event, count = 1) =>
      vi.waitFor(() => {
        const found = events.filter((each) => expect.objectContaining(event).asymmetricMatch(each));
        expect(found.length, JSON.stringify(events)).toBeGreaterThanOrEqual(count);
      }, WAIT),
    async end() {
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      return code;
    },
  };
}

/** A directory for one test, with content. */
function place(name: string, text: string) {
  mkdirSync(at(name, 'news'), { recursive: true });
  const source = at(name, 'news', 'index.html');
  writeFileSync(source, text);
  const received = at(name, 'out', 'news', 'index.html');
  return {
    write: (next: string) => writeFileSync(source, next),
    holds: (wanted: string) =>
      vi.waitFor(() => expect(existsSync(received) && readFileSync(received, 'utf8')).toBe(wanted), WAIT),
    send: ['send', at(name, 'news'), '--keys', at('keys'), '--state', at(name, 'uplink'), '--rate', '200k'],
    listen: ['--trust', at('keys/publisher.pub'), '--out', at(name, 'out'), '--state', at(name, 'state')],
  };
}

const text = (pattern: RegExp) => expect.stringMatching(pattern);

it.for<[string, string, string[], string[]]>([
  ['by-name', '239.255.7.1:4001', ['--iface', CABLE], ['--iface', CABLE]],
  ['by-address', '[ff15::71]:4001', ['--iface', 'fd09::1'], ['--iface', 'fd09::2']],
  ['of-link', '[ff12::71]:4001', ['--iface', CABLE], ['--iface', CABLE]],
  ['by-route', '239.255.7.2:4001', ['--iface', '10.9.0.1'], []],
])(
  'sender and receiver find an interface again that went away and came back: %s',
  async ([name, group, sending, listening], context) => {
    if (!requireNetworks(context)) return;
    const [one, other] = [await openMachine(onTestFinished), await openMachine(onTestFinished)];
    plugIn(one, other);
    const { write, holds, send, listen } = place(name, 'one');
    const listener = run(other, 'datacast-receive', 'listen', group, ...listen, ...listening);
    await listener.has({ type: 'listening', joinedBy: CABLE });
    const sender = run(one, 'datacast', ...send, '--dest', group, ...sending);
    await holds('one');

    pullOut(one);
    await listener.has({ type: 'interface', name: CABLE, isThere: false });
    await sender.has({ type: 'problem', message: text(/^The network interface .* is gone, and datagrams/) });
    plugIn(one, other);
    await listener.has({ type: 'interface', name: CABLE, isThere: true });
    await sender.has({ type: 'mended', message: text(/^The network interface/) });
    write('two');
    await holds('two');

    // and once more: nothing is left of the first time that is in the way
    pullOut(one);
    plugIn(one, other);
    await listener.has({ type: 'interface', name: CABLE, isThere: true }, 2);
    await sender.has({ type: 'mended', message: text(/^The network interface/) }, 2);
    write('three');
    await holds('three');
    expect(await Promise.all([listener.end(), sender.end()])).toEqual([0, 0]);
  },
);

it('a receiver hears an address of its own again when that comes back', async (context) => {
  if (!requireNetworks(context)) return;
  const [one, other] = [await openMachine(onTestFinished), await openMachine(onTestFinished)];
  plugIn(one, other);
  const { write, holds, send, listen } = place('unicast', 'one');
  const listener = run(other, 'datacast-receive', 'listen', '10.9.0.2:4001', ...listen);
  await listener.has({ type: 'listening' });
  const sender = run(one, 'datacast', ...send, '--dest', '10.9.0.2:4001');
  await holds('one');
  pullOut(one);
  await sender.has({ type: 'problem', message: text(/^The system refuses datagrams to .* They are lost/) });
  plugIn(one, other);
  await sender.has({ type: 'mended', message: text(/^The system refuses datagrams/) });
  write('two');
  await holds('two');
  expect(await Promise.all([listener.end(), sender.end()])).toEqual([0, 0]);
});

it('a sender tells what the kernel keeps to itself', async (context) => {
  if (!requireNetworks(context)) return;
  const [one, other] = [await openMachine(onTestFinished), await openMachine(onTestFinished)];
  plugIn(one, other);
  one.run(`ip link set ${CABLE} mtu 1400`);
  const { send } = place('silent', 'one');
  const nobody = run(one, 'datacast', ...send, '--dest', '10.9.0.77:4001', '--dest', '[fd09::77]:4001');
  await nobody.has({
    type: 'problem',
    message: text(
      /^Packets of 1500 bytes do not fit .* eth1, which takes 1400: .* --mtu 1400 \(mtu in a channel file\)\.$/,
    ),
  });
  await nobody.has({ type: 'problem', message: text(/^Nobody at eth1 answers for 10\.9\.0\.77 \(ARP\)/) });
  await nobody.has({
    type: 'problem',
    message: text(/^Nobody at eth1 answers for fd09::77 \(neighbour discovery\)/),
  });
  one.run(`ip link set ${CABLE} mtu 1500`);
  for (const address of ['10.9.0.77', 'fd09::77'])
    one.run(`ip neigh replace ${address} lladdr 02:00:00:00:00:77 dev ${CABLE} nud permanent`);
  await nobody.has({ type: 'mended', message: text(/^Nobody at eth1/) }, 2);
  await nobody.has({ type: 'mended', message: text(/^Packets of 1500/) });
  expect(await nobody.end()).toBe(0);
  const near = run(one, 'datacast', ...send, '--dest', '239.255.7.1:4001', '--iface', CABLE);
  await near.has({ type: 'notice', message: text(/^Datagrams leave with a time to live of 1/) });
  await near.has({ type: 'started' });
  expect(await near.end()).toBe(0);
  const far = run(one, 'datacast', ...send, '--dest', '239.255.7.1:4001', '--iface', CABLE, '--ttl', '2');
  await far.has({ type: 'started' });
  await far.end();
  expect(far.events.filter(({ message }) => /time to live/.test(String(message)))).toEqual([]);
});
