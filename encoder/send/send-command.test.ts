import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseAlc } from '../../codecs/alc/index.js';
import { parseFdt } from '../../codecs/fdt/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { runCli } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { WAIT } from '../../fixtures/wait.js';
import { createProgram, loadCommands } from '../program.js';
import { openState } from './state/state.js';

/** Processes and threads run what was built last. */
const CLI = fileURLToPath(new URL('../../dist/encoder/cli.js', import.meta.url));
const HERE = '127.0.0.1:9';
let work: string;
let news: string;
let schemes: FecSchemes;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-send-'));
  news = join(work, 'news');
  mkdirSync(news);
  writeFileSync(join(news, 'index.html'), numbers(20_000, 1));
  run('keygen', '--out', join(work, 'keys'), '--no-password');
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => ((i + seed) * 2654435761) % 4294967296).join('\n');

function run(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...argv], {
    encoding: 'utf8',
    cwd: work,
  });
  return { status, stdout, stderr };
}

/** Collects the payloads that arrive. */
async function listen() {
  const socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  const payloads: Uint8Array[] = [];
  socket.on('message', (message) => payloads.push(new Uint8Array(message)));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { dest: `127.0.0.1:${(socket.address() as AddressInfo).port}`, payloads };
}

function start(...argv: string[]) {
  const child: ChildProcess = spawn(process.execPath, [CLI, 'send', ...argv], { cwd: work });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    exit,
    events: () =>
      stderr
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    stderr: () => stderr,
  };
}

interface Received {
  readonly toi: number;
  readonly sbn: number;
  readonly esi: number;
}

function symbolsOf(payloads: readonly Uint8Array[]): Received[] {
  return payloads.flatMap((payload) => {
    const { lct, payloadId } = parseAlc(payload, schemes);
    return lct.toi === 0 || payloadId === undefined ? [] : [{ toi: lct.toi!, ...payloadId }];
  });
}

function sequencesOf(payloads: readonly Uint8Array[]): number[] {
  return payloads.flatMap((payload) => {
    const { lct, fdt, payload: xml } = parseAlc(payload, schemes);
    return lct.toi === 0 && fdt !== undefined
      ? parseFdt(xml).files.flatMap(({ sequence }) => sequence ?? [])
      : [];
  });
}

/** TOIs of the indexes that are announced. */
function indexesOf(payloads: readonly Uint8Array[]): Set<number> {
  const tois = payloads.flatMap((payload) => {
    const { lct, fdt, payload: xml } = parseAlc(payload, schemes);
    if (lct.toi !== 0 || fdt === undefined) return [];
    return parseFdt(xml).files.flatMap(({ toi, sequence }) => (sequence === undefined ? [] : [toi]));
  });
  return new Set(tois);
}

describe('datacast send', () => {
  it('never repeats a symbol and never goes back, however often it is killed', async () => {
    const { dest, payloads } = await listen();
    const argv = [
      'news',
      '--keys',
      'keys',
      '--state',
      'killed',
      '--dest',
      dest,
      '--rate',
      '8M',
      '--level',
      '1',
    ];
    for (let life = 0; life < 6; life++) {
      if (life === 3) writeFileSync(join(news, 'more.html'), numbers(5000, 7));
      const before = payloads.length;
      const { child, exit } = start(...argv);
      const isReceived = () =>
        payloads.length > before + 20 && sequencesOf(payloads.slice(before)).length > 0;
      await vi.waitFor(() => expect(isReceived()).toBe(true), WAIT);
      await new Promise((resolve) => setTimeout(resolve, 37 * life));
      child.kill('SIGKILL');
      await exit;
      const damage: string[] = [];
      await openState(join(work, 'killed'), 'uplink.json', (sentence) => damage.push(sentence));
      expect(damage).toEqual([]);
    }
    const symbols = symbolsOf(payloads);
    expect(new Set(symbols.map((symbol) => JSON.stringify(symbol))).size).toBe(symbols.length);
    const sequences = sequencesOf(payloads);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(new Set(sequences).size).toBe(2);
    // Of each block of each object ESIs ascend from one life to the next.
    const last = new Map<string, number>();
    for (const { toi, sbn, esi } of symbols) {
      const block = `${toi} ${sbn}`;
      expect(esi).toBeGreaterThan(last.get(block) ?? -1);
      last.set(block, esi);
    }
    expect(indexesOf(payloads).size).toBe(2);
  });

  it('may be killed while it packs: nothing half is sent or left, and what was packed is not packed again', async () => {
    const { dest, payloads } = await listen();
    const library = join(work, 'library');
    mkdirSync(library);
    for (let i = 0; i < 12; i++) writeFileSync(join(library, `film-${i}.mp4`), numbers(110_000, i));
    const where = ['--keys', 'keys', '--state', 'packing', '--dest', dest, '--rate', '8M'];
    const options = ['--level', '12', '--log', 'json'];
    const objects = join(work, 'packing', 'uplink-objects');
    const packed = () =>
      existsSync(objects) ? readdirSync(objects).filter((name) => name.endsWith('.tar.zst')).length : 0;
    const toPack: number[] = [];
    for (let life = 0; life < 3; life++) {
      const { child, exit, events } = start('library', ...where, ...options);
      await vi.waitFor(() => expect(packed()).toBeGreaterThan(2 * life + 1), WAIT);
      child.kill('SIGKILL');
      await exit;
      toPack.push(events().find(({ type }) => type === 'packing').toPack);
    }
    expect(toPack[0]).toBe(12);
    // At most one part that was packed was not noted yet.
    expect(toPack[1]).toBeLessThanOrEqual(11);
    expect(toPack[2]).toBeLessThan(toPack[1]!);
    const { child, exit, events } = start('library', ...where, ...options);
    await vi.waitFor(() => expect(events().map(({ type }) => type)).toContain('edition'), WAIT);
    await vi.waitFor(() => expect(indexesOf(payloads).size).toBe(1), WAIT);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    for (const name of readdirSync(objects)) {
      const digest = createHash('sha256')
        .update(readFileSync(join(objects, name)))
        .digest('hex');
      expect(name).toMatch(new RegExp(`^${digest}\\.(tar|json)\\.zst$`));
    }
    expect(readdirSync(objects)).toHaveLength(13);
    const symbols = symbolsOf(payloads);
    expect(new Set(symbols.map((symbol) => JSON.stringify(symbol))).size).toBe(symbols.length);
    expect(new Set(sequencesOf(payloads)).size).toBe(1);
  });

  it('ends by a signal in good order, and gives the lock back', async () => {
    const { dest, payloads } = await listen();
    const state = join(work, 'ended');
    const sending = start(
      'news',
      '--keys',
      'keys',
      '--state',
      state,
      '--dest',
      dest,
      '--rate',
      '4M',
      '--log',
      'json',
    );
    await vi.waitFor(() => expect(sequencesOf(payloads).length).toBeGreaterThan(0), WAIT);
    expect(
      run('send', 'news', '--keys', 'keys', '--state', state, '--dest', dest, '--rate', '4M'),
    ).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`process ${sending.child.pid}`),
    });
    sending.child.kill('SIGTERM');
    expect(await sending.exit).toBe(0);
    const types = sending.events().map(({ type }) => type);
    expect(types.filter((type) => type !== 'pass')).toEqual([
      'started',
      'notice',
      'packing',
      'edition',
      'stopped',
    ]);
    await vi.waitFor(() => expect(parseAlc(payloads.at(-1)!, schemes).lct.closeSession).toBe(true), WAIT);
    expect(readdirSync(state).filter((name) => name.startsWith('uplink.lock'))).toEqual([]);
  });

  it('ends after its passes, with exactly their datagrams', async () => {
    const { dest, payloads } = await listen();
    const sending = start(
      'news',
      '--keys',
      'keys',
      '--state',
      'two',
      '--dest',
      dest,
      '--rate',
      '20M',
      '--passes',
      '2',
      '--log',
      'json',
    );
    expect(await sending.exit).toBe(0);
    const { passDatagrams } = sending.events().find(({ type }) => type === 'edition');
    const { datagrams } = sending.events().at(-1);
    await vi.waitFor(() => expect(payloads).toHaveLength(datagrams), WAIT);
    const indexes = indexesOf(payloads);
    expect(indexes.size).toBe(1);
    const ofParts = symbolsOf(payloads).filter(({ toi }) => !indexes.has(toi));
    expect(ofParts).toHaveLength(2 * passDatagrams);
  });

  it('follows its channel file, and SIGHUP', async () => {
    const { dest } = await listen();
    const file = join(work, 'channel.yaml');
    const write = (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    const good = `dest: ${dest}\nrate: 2M\nwatch: 1h\nbundles:\n  - {name: news, path: news}\n`;
    write(good);
    const sending = start(
      '--channel',
      'channel.yaml',
      '--keys',
      'keys',
      '--state',
      'channel',
      '--log',
      'json',
      '--metrics',
      '0',
    );
    const has = (type: string) =>
      vi.waitFor(() => expect(sending.events().map((event) => event.type)).toContain(type), WAIT);
    await has('edition');
    write(good.replace('path: news', 'path: news, weight: heavy'));
    sending.child.kill('SIGHUP');
    await has('problem');
    expect(sending.events().find(({ type }) => type === 'problem').message).toMatch(
      /^channel\.yaml, line 5: bundles\[0\]\.weight: A number is needed\. The channel/,
    );
    write(`${good}  - {name: second, path: news}\n`);
    sending.child.kill('SIGHUP');
    await has('reloaded');
    await vi.waitFor(
      () => expect(sending.events().filter(({ type }) => type === 'edition')).toHaveLength(2),
      WAIT,
    );
    const { url } = sending.events().find(({ type }) => type === 'metrics');
    const metrics = await (await fetch(url)).text();
    expect(metrics).toMatch(/^datacast_bundle_weight\{bundle="second"\} 1$/m);
    expect(Number(/^datacast_datagrams_total (\d+)$/m.exec(metrics)![1])).toBeGreaterThan(0);
    expect((await fetch(new URL('/', url))).status).toBe(404);
    sending.child.kill('SIGINT');
    expect(await sending.exit).toBe(0);
    // Every line is an event.
    expect(sending.stderr().split('\n').slice(0, -1)).toHaveLength(sending.events().length);
  });

  it('runs for a duration that no timer of Node has', async () => {
    const { dest, payloads } = await listen();
    const where = ['--keys', 'keys', '--state', 'long', '--dest', dest, '--rate', '2M'];
    const sending = start('news', ...where, '--duration', '30d', '--level', '1', '--log', 'json');
    await vi.waitFor(() => expect(payloads.length).toBeGreaterThan(20), WAIT);
    expect(sending.events().map(({ type }) => type)).not.toContain('stopped');
    expect(sending.stderr()).not.toMatch(/Warning/);
    sending.child.kill('SIGTERM');
    expect(await sending.exit).toBe(0);
  });

  it('is not ended by SIGHUP while keys are read', async () => {
    const before = process.listenerCount('SIGHUP');
    let meanwhile = 0;
    const io = { stdout: { write: () => {} }, stderr: { write: () => {} } };
    const surroundings = {
      io,
      crypto: nodeCrypto,
      passwords: { env: {}, terminal: undefined },
      words: { input: process.stdin, isTerminal: false },
      now() {
        meanwhile = process.listenerCount('SIGHUP');
        return Date.now();
      },
      interrupted: new AbortController().signal,
    };
    const where = ['--keys', join(work, 'none'), '--dest', HERE, '--rate', '2M'];
    const program = createProgram(surroundings, await loadCommands());
    expect(await runCli(program, ['send', news, ...where], io)).toBe(1);
    expect([meanwhile, process.listenerCount('SIGHUP')]).toEqual([before + 1, before]);
  });

  it.each([
    [['--dest', HERE, '--rate', '2M'], /Give the directories/],
    [['NEWS', '--rate', '2M'], /Give --dest/],
    [['NEWS', '--dest', HERE], /Give --rate/],
    [['NEWS', 'NEWS', '--dest', HERE, '--rate', '2M'], /Two of the paths are called "news"/],
    [['NEWS', '--dest', HERE, '--rate', '2M', '--shard', '3/2'], /A shard is needed/],
    [['NEWS', '--dest', HERE, '--rate', '2M', '--duration', '5'], /A duration is needed/],
    [['NEWS', '--dest', HERE, '--rate', '2M', '--loop', '--passes', '2'], /cannot be used with/],
    [['NEWS/..', '--dest', HERE, '--rate', '2M'], /The keys in .* lie inside/],
    [['NEWS', '--dest', HERE, '--rate', '2M', '--state', 'NEWS/deep/state'], /The state in .* lie inside/],
    [['NEWS', '--channel', 'x.yaml'], /leave the paths out/],
  ])('refuses a command line that cannot be: %j', async (argv, message) => {
    let stderr = '';
    const io = { stdout: { write: () => {} }, stderr: { write: (text: string) => (stderr += text) } };
    const surroundings = {
      io,
      crypto: nodeCrypto,
      passwords: { env: {}, terminal: undefined },
      words: { input: process.stdin, isTerminal: false },
      now: Date.now,
      interrupted: new AbortController().signal,
    };
    const program = createProgram(surroundings, await loadCommands());
    const given = argv.map((each) => each.replace('NEWS', news));
    expect(await runCli(program, ['send', '--keys', join(work, 'keys'), ...given], io)).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(news, 'deep'))).toBe(false);
  });
});
