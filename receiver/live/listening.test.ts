import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type BundleEntry, packBundle } from '../../codecs/bundle/index.js';
import { concatBytes } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { compress } from '../../codecs/zstd/index.js';
import type { ObjectContent } from '../engine/ports/events.js';
import { openOutputDirectory } from '../files/output-directory.js';
import type { Received } from '../recordings/collection.js';
import { openRollBackMemory } from '../state/roll-back-memory.js';
import { openState } from '../state/state.js';
import { testPublisher, testSession } from '../testing.js';
import { createDelivery } from './delivery.js';
import type { ListenEvent } from './events.js';
import { listen } from './listen.js';

const WAIT = { timeout: 60_000, interval: 20 };
const YEAR = 365 * 86_400_000;
const MAX_SIZE = 10_000;

let work: string;
let schemes: FecSchemes;
const at = (...names: string[]) => join(work, ...names);
beforeAll(async () => {
  schemes = await loadFecSchemes();
});
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-listening-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
});

/** A bundle of one file of so many bytes. */
async function bundleOf(bytes: number): Promise<Uint8Array> {
  const entry: BundleEntry = {
    kind: 'file',
    path: 'news.bin',
    size: bytes,
    async *open() {
      yield new Uint8Array(bytes);
    },
  };
  const parts: Uint8Array[] = [];
  for await (const part of compress(packBundle([entry], { crypto }), { level: 1 })) parts.push(part);
  return concatBytes(...parts);
}

/** Listens in this process. */
async function start(more: { readonly once?: boolean; readonly maxStore?: number } = {}) {
  const publisher = await testPublisher(crypto, 1);
  const stop = new AbortController();
  const events: ListenEvent[] = [];
  let ticks = 0;
  const ended = listen(
    {
      crypto,
      schemes,
      trust: [publisher],
      verify: 'lazy',
      jobs: 1,
      once: false,
      listenAt: { address: '127.0.0.1', port: 0 },
      out: at('out'),
      state: at('state'),
      maxStore: 2 ** 24,
      maxSize: MAX_SIZE,
      ...more,
      onEvent: (event) => events.push(event),
      onProgress: () => ticks++,
    },
    stop.signal,
  );
  ended.catch(() => {});
  onTestFinished(async () => {
    stop.abort();
    await ended.catch(() => {});
  });
  return {
    ended,
    events,
    stop: () => stop.abort(),
    /** So many seconds go by. */
    async pass(seconds: number) {
      const until = ticks + seconds;
      await vi.waitFor(() => expect(ticks).toBeGreaterThanOrEqual(until), WAIT);
    },
    async send(sequence: number, bytes: number, name = 'news') {
      const object = await bundleOf(bytes);
      const session = await testSession({ crypto, schemes, publisher, object, sequence, name });
      const listening = await vi.waitFor(() => {
        const found = events.find(({ type }) => type === 'listening');
        expect(found).toBeDefined();
        return found as ListenEvent & { type: 'listening' };
      }, WAIT);
      const socket = createSocket('udp4');
      const port = Number(listening.at.split(':').at(-1));
      for (const datagram of [await session.fdt(), ...(await session.source())])
        await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
      socket.close();
    },
  };
}

describe('listening', () => {
  it('takes no notice of a clock that is set', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const { events, pass } = await start();
    await pass(1);
    vi.setSystemTime(56 * YEAR);
    await pass(2);
    expect(events.map(({ type }) => type)).not.toContain('silent');
  });

  it('fails with --once when an edition is signed and cannot be written, unless a newer one could', async () => {
    const first = await start({ once: true });
    await first.send(5, MAX_SIZE + 1);
    await expect(first.ended).rejects.toThrow('Not written: news, edition 5.');
    const second = await start({ once: true });
    await second.send(6, MAX_SIZE);
    await expect(second.ended).resolves.toBeUndefined();
    expect(existsSync(at('out', 'news', 'news.bin'))).toBe(true);
  });
});

describe('listening with a disk that is pulled out', () => {
  it('ends with what the disk says', async () => {
    const { ended, send, pass } = await start();
    await pass(1);
    rmSync(at('state'), { recursive: true });
    await send(5, 1000);
    await expect(ended).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(at('out'))).not.toContain('news');
  });
});

describe('listening to many bundles', () => {
  it('writes all of them, and keeps nothing of what it has', async () => {
    const sequences = Array.from({ length: 70 }, (_, index) => index + 1);
    const { events, send, stop, ended } = await start();
    for (const sequence of sequences) await send(sequence, 10, `bundle ${sequence}`);
    const written = () => events.filter(({ type }) => type === 'written').length;
    await vi.waitFor(() => expect(written()).toBe(sequences.length), WAIT);
    for (const sequence of sequences) await send(sequence, 10, `bundle ${sequence}`);
    await send(100, 10);
    await vi.waitFor(() => expect(written()).toBe(sequences.length + 1), WAIT);
    stop();
    await ended;
    expect(readdirSync(at('state', 'store'))).toEqual([]);
  });

  it('tells that a store is too small', async () => {
    const { events, send } = await start({ maxStore: 1000 });
    await send(5, 10);
    const message = 'The store has no room for more datagrams of the object with TOI 5.';
    await vi.waitFor(() => expect(events).toContainEqual({ type: 'problem', message }), WAIT);
  });
});

describe('delivery', () => {
  async function delivering() {
    const output = await openOutputDirectory(at('out'));
    const events: ListenEvent[] = [];
    const delivery = createDelivery({
      output,
      crypto,
      maxSize: MAX_SIZE,
      onEvent: (event) => events.push(event),
      beforeCommit: async () => {},
    });
    onTestFinished(async () => {
      await delivery.close();
      await output.close();
    });
    const object = await bundleOf(100);
    return {
      events,
      add(name: string, sequence: number, content: Partial<ObjectContent> = {}) {
        const edition = { publisher: 'A', name, sequence, sha256: new Uint8Array(32), signature: '' };
        const whole: ObjectContent = {
          async *read() {
            yield object.slice();
          },
          release: async () => {},
          ...content,
        };
        delivery.add({ object: { edition }, content: whole } as unknown as Received);
      },
      told: (type: string, bundle: string, sequence: number) =>
        vi.waitFor(
          () => expect(events).toContainEqual(expect.objectContaining({ type, bundle, sequence })),
          WAIT,
        ),
    };
  }

  it('writes what it can while something cannot be written', async () => {
    const { add, told, events } = await delivering();
    add('news', 1);
    await told('written', 'news', 1);
    // a directory takes the place of another, not of this
    rmSync(at('out', 'news'), { recursive: true });
    symlinkSync('nowhere', at('out', 'news'));
    add('news', 2);
    add('sport', 1);
    await told('written', 'sport', 1);
    const problem = /^news, edition 2, cannot be written now and will be tried again: /;
    expect(events).toContainEqual({ type: 'problem', message: expect.stringMatching(problem) });
  });

  it('goes on when somebody has removed the output directory', async () => {
    const { add, told } = await delivering();
    add('news', 1);
    await told('written', 'news', 1);
    rmSync(at('out'), { recursive: true });
    add('news', 2);
    await told('written', 'news', 2);
    expect(existsSync(at('out', 'news', 'news.bin'))).toBe(true);
  });

  it('tells when what was received cannot be removed', async () => {
    const { add, told, events } = await delivering();
    const release = async () => rmSync(at('out'));
    add('news', 1, { release });
    add('sport', 1);
    await told('written', 'sport', 1);
    const problem = /^What was received of news, edition 1, could not be removed: .*out/;
    expect(events).toContainEqual({ type: 'problem', message: expect.stringMatching(problem) });
  });
});

describe('the state', () => {
  const seen = { generations: [], sequences: [{ publisher: 'A', name: 'news', sequence: 5 }] };

  it('is saved once more when that failed', async () => {
    mkdirSync(at('state'));
    const memory = await openRollBackMemory(at('state'));
    renameSync(at('state'), at('gone'));
    memory.save(seen);
    await expect(memory.settled()).rejects.toThrow('ENOENT');
    renameSync(at('gone'), at('state'));
    await memory.settled();
    expect((await openRollBackMemory(at('state'))).seen).toMatchObject(seen);
  });

  it('gives its store back when what was seen cannot be saved', async () => {
    const state = await openState(at('state'), 2 ** 20);
    mkdirSync(at('state', 'seen.json'));
    state.memory.save(seen);
    await expect(state.close()).rejects.toThrow('seen.json');
    expect(existsSync(at('state', 'store', 'lock'))).toBe(false);
  });
});
