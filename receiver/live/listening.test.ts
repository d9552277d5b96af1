import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { WAIT } from '../../fixtures/wait.js';
import { createDelivery } from '../delivery/delivery.js';
import type { ObjectInfo } from '../engine/ports/events.js';
import { openOutputDirectory } from '../files/output-directory.js';
import { known, piecesOf, type TestPart, testPart } from '../files/testing.js';
import { openRollBackMemory } from '../state/roll-back-memory.js';
import { openState } from '../state/state.js';
import { testPublisher } from '../testing.js';
import { sentEdition } from '../testing-content.js';
import { createDeliveryEvents } from './delivery-events.js';
import type { ListenEvent } from './events.js';
import { listen } from './listen.js';
import { monotonic } from './monotonic.js';
import { createProblems } from './problems.js';

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

/** A part with one file of so many bytes. */
const partOf = (bytes: number, path = 'news.txt') => testPart({ [path]: 'x'.repeat(bytes) });

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
      whole: false,
      input: { kind: 'socket', listenAt: { address: '127.0.0.1', port: 0 } },
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
  async function sendParts(
    sequence: number,
    content: readonly TestPart[],
    name = 'news',
    ...places: number[]
  ): Promise<void> {
    const edition = await sentEdition({ crypto, schemes, publisher, content, sequence, name });
    const listening = await vi.waitFor(() => {
      const found = events.find(({ type }) => type === 'listening');
      expect(found).toBeDefined();
      return found as ListenEvent & { type: 'listening' };
    }, WAIT);
    const socket = createSocket('udp4');
    const port = Number(listening.at.split(':').at(-1));
    for (const datagram of [...(await edition.announce()), ...(await edition.send(...places))])
      await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
    socket.close();
  }

  return {
    ended,
    events,
    /** Problems, but for those of this machine. */
    problems: () =>
      events.flatMap((event) =>
        event.type === 'problem' && !/kernel/.test(event.message) ? [event.message] : [],
      ),
    stop: () => stop.abort(),
    /** So many seconds go by. */
    async pass(seconds: number) {
      const until = ticks + seconds;
      await vi.waitFor(() => expect(ticks).toBeGreaterThanOrEqual(until), WAIT);
    },
    sendParts,
    async send(sequence: number, bytes: number, name = 'news') {
      await sendParts(sequence, [await partOf(bytes)], name);
    },
    /** Fulfilled when such an event has come. */
    told: (event: Partial<ListenEvent>) =>
      vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining(event)), WAIT),
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
    await expect(first.ended).rejects.toThrow('Not complete: news, edition 5.');
    const message =
      'news, edition 5, is signed, but not written: The edition unpacks to 10,001 bytes; 10,000 are allowed.';
    expect(first.problems()).toEqual([message]);
    const second = await start({ once: true });
    await second.send(6, MAX_SIZE);
    await expect(second.ended).resolves.toBeUndefined();
    expect(existsSync(at('out', 'news', 'news.txt'))).toBe(true);
  });

  it('tells of a part that was refused once, and receives it no more', async () => {
    const bad = await partOf(10);
    const parts = [await partOf(20, 'a.txt'), { ...bad, listed: { ...bad.listed, unpacked: 5 } }];
    const first = await start({ once: true });
    await first.sendParts(5, parts);
    await expect(first.ended).rejects.toThrow('Not complete: news, edition 5.');
    expect(first.problems()).toEqual([
      expect.stringMatching(/^news, edition 5, is signed, but a part is not written: /),
    ]);
    expect(readdirSync(at('out', 'news'))).toEqual(['a.txt']);
    const second = await start();
    await second.sendParts(5, parts);
    await second.pass(2);
    second.stop();
    await second.ended;
    expect(second.problems()).toEqual([]);
    expect(second.events.at(-1)).toMatchObject({ type: 'stopped', kept: 0 });
  });

  it('gives a bundle the parts that another has, whichever is known first, also after a restart', async () => {
    const logo = await partOf(30, 'logo.txt');
    const [one, two, third] = [await partOf(1, 'a.txt'), await partOf(2, 'b.txt'), await partOf(3, 'c.txt')];
    const first = await start();
    await first.sendParts(5, [one, logo], 'one');
    await first.told({ type: 'complete', bundle: 'one' });
    await first.sendParts(5, [two, logo], 'two', 0);
    await first.told({ type: 'part', bundle: 'two' });
    await first.sendParts(5, [two, logo], 'two');
    await first.told({ type: 'complete', bundle: 'two' });
    first.stop();
    await first.ended;
    const second = await start();
    await second.sendParts(5, [third, logo], 'three');
    await second.told({ type: 'complete', bundle: 'three' });
    for (const name of ['one', 'two', 'three']) {
      expect(readdirSync(at('out', name))).toContain('logo.txt');
    }
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
    const written = () => events.filter(({ type }) => type === 'complete').length;
    await vi.waitFor(() => expect(written()).toBe(sequences.length), WAIT);
    for (const sequence of sequences) await send(sequence, 10, `bundle ${sequence}`);
    await send(100, 10);
    await vi.waitFor(() => expect(written()).toBe(sequences.length + 1), WAIT);
    stop();
    await ended;
    // the indices stay for the next start, which needs them no more
    const next = await start();
    await next.pass(1);
    next.stop();
    await next.ended;
    expect(readdirSync(at('state', 'store'))).toEqual([]);
  });

  it('tells that a store is too small', async () => {
    const { events, send } = await start({ maxStore: 1000 });
    await send(5, 10);
    const message = expect.stringMatching(/^The store has no room for more datagrams of the /);
    await vi.waitFor(() => expect(events).toContainEqual({ type: 'problem', message }), WAIT);
  });
});

describe('delivery', () => {
  async function delivering() {
    const output = await openOutputDirectory(at('out'), { whole: false, maxSize: MAX_SIZE });
    const events: ListenEvent[] = [];
    const onEvent = (event: ListenEvent) => void events.push(event);
    const delivery = createDelivery({
      output,
      events: createDeliveryEvents(onEvent, createProblems(onEvent, monotonic), undefined).events,
      beforeAnnounce: async () => {},
    });
    onTestFinished(async () => {
      await delivery.close();
      await output.close();
    });
    const part = await partOf(100);
    return {
      events,
      add(name: string, sequence: number, release = async () => {}) {
        const edition = known('A', { name, sequence, parts: [part.listed] });
        delivery.addEdition(edition);
        const content = { read: () => piecesOf([part.object.slice()]), release, giveWay: async () => {} };
        const object = { session: { publisher: 'a'.repeat(64) } } as ObjectInfo;
        delivery.addPart({ object, part: part.listed, editions: [edition.edition], content });
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
    await told('complete', 'news', 1);
    rmSync(at('out', 'news'), { recursive: true });
    symlinkSync('nowhere', at('out', 'news'));
    add('news', 2);
    add('sport', 1);
    await told('complete', 'sport', 1);
    const problem = /^news cannot be written now and will be tried again: /;
    expect(events).toContainEqual({ type: 'problem', message: expect.stringMatching(problem) });
  });

  it('goes on when somebody has removed the output directory', async () => {
    const { add, told } = await delivering();
    add('news', 1);
    await told('complete', 'news', 1);
    rmSync(at('out'), { recursive: true });
    add('news', 2);
    await told('complete', 'news', 2);
    expect(existsSync(at('out', 'news', 'news.txt'))).toBe(true);
  });

  it('tells when what was received cannot be removed', async () => {
    const { add, told, events } = await delivering();
    add('news', 1, async () => rmSync(at('out')));
    add('sport', 1);
    await told('complete', 'sport', 1);
    const problem = /^What was received of news\.txt could not be removed: .*out/;
    expect(events).toContainEqual({ type: 'problem', message: expect.stringMatching(problem) });
  });
});

describe('the state', () => {
  const seen = { generations: [], sequences: [{ publisher: 'a'.repeat(64), name: 'news', sequence: 5 }] };

  it('is saved once more when that failed', async () => {
    mkdirSync(at('state'));
    const memory = await openRollBackMemory(at('state'), [], () => {});
    renameSync(at('state'), at('gone'));
    memory.save(seen);
    await expect(memory.settled()).rejects.toThrow('ENOENT');
    renameSync(at('gone'), at('state'));
    await memory.settled();
    expect((await openRollBackMemory(at('state'), [], () => {})).seen).toMatchObject(seen);
  });

  it('gives its store back when what was seen cannot be saved', async () => {
    const state = await openState(at('state'), 2 ** 20, [], () => {});
    mkdirSync(at('state', 'seen.json'));
    state.memory.save(seen);
    await expect(state.close()).rejects.toThrow('seen.json');
    expect(readdirSync(at('state', 'store')).filter((name) => name.startsWith('lock'))).toEqual([]);
  });
});
