import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { concatBytes } from '../codecs/bytes.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { formatPublicKey, parsePublicKey } from '../codecs/minisign/index.js';
import { nodeCrypto as crypto } from '../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../codecs/pcap/index.js';
import { WAIT } from '../fixtures/wait.js';
import type { ListenEvent } from './live/events.js';
import { listen } from './live/listen.js';
import { openKept } from './page/keep/index.js';
import { findFile } from './page/worker/content/files.js';
import { openParts } from './page/worker/content/parts.js';
import { createNotices } from './page/worker/notices.js';
import { openReception } from './page/worker/reception.js';
import { receive } from './recordings/receive.js';
import { testEditionOf, testPublisher } from './testing.js';
import { SUCCESSION_FILE, type SuccessionCase, successionCases } from './testing-succession.js';

const schemes = await loadFecSchemes();
const cases = await successionCases(schemes);
const trust = [await testPublisher(crypto, 1)];
/** Somebody else whose edition says that all before it was taken in. */
const marker = await testPublisher(crypto, 50);

function workDirectory(): string {
  const work = mkdtempSync(join(tmpdir(), 'datacast-successions-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  return work;
}

const textIn = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Plays the runs of a case; yields what the file says, and what was told. */
type Play = (runs: SuccessionCase['runs']) => AsyncGenerator<{ says: string | undefined; told: string }>;

async function* playRecordings(runs: SuccessionCase['runs']): ReturnType<Play> {
  const work = workDirectory();
  const flow = { source: '10.0.0.1', sourcePort: 4000, destination: '239.1.2.3', destinationPort: 4001 };
  let says: string | undefined;
  for (const [i, run] of runs.entries()) {
    const recording = join(work, `${i}.pcap`);
    const records = run.map((payload, n) => pcapRecord({ ...flow, timestampNs: BigInt(n), payload }));
    writeFileSync(recording, concatBytes(pcapHeader(), ...records));
    const out = join(work, `out-${i}`);
    const report = await receive([recording], {
      crypto,
      schemes,
      trust,
      verify: 'lazy',
      allowUnsigned: false,
      whole: false,
      out,
      progress: { start() {}, show() {}, read() {}, end() {} },
      jobs: 1,
      state: join(work, 'state'),
      maxSize: 100_000,
      keepBundle: undefined,
      interrupted: new AbortController().signal,
      onProblem() {},
    });
    says = textIn(join(out, SUCCESSION_FILE)) ?? says;
    yield { says, told: JSON.stringify(report.counters) };
  }
}

async function* playLive(
  runs: SuccessionCase['runs'],
  trustIn: (run: number) => typeof trust = () => trust,
): ReturnType<Play> {
  const work = workDirectory();
  const path = join(work, 'out', 'news', SUCCESSION_FILE);
  for (const [i, run] of runs.entries()) {
    const events: ListenEvent[] = [];
    const stop = new AbortController();
    const ended = listen(
      {
        crypto,
        schemes,
        trust: [...trustIn(i), marker],
        verify: 'auto',
        jobs: 1,
        once: false,
        whole: false,
        input: { kind: 'socket', listenAt: { address: '127.0.0.1', port: 0 } },
        out: join(work, 'out'),
        state: join(work, 'state'),
        maxStore: 2 ** 24,
        maxSize: 100_000,
        onEvent: (event) => events.push(event),
        onProgress() {},
      },
      stop.signal,
    );
    ended.catch(() => {});
    onTestFinished(() => stop.abort());
    const at = await vi.waitFor(() => {
      const listening = events.find((event) => event.type === 'listening');
      expect(listening).toBeDefined();
      return (listening as ListenEvent & { type: 'listening' }).at;
    }, WAIT);
    const end = await testEditionOf([{ 'end.txt': Uint8Array.of(i) }], {
      crypto,
      schemes,
      publisher: marker,
      name: `end ${i}`,
    });
    const socket = createSocket('udp4');
    for (const datagram of [...run, ...(await end.announce()), ...(await end.send())]) {
      await new Promise((resolve) =>
        socket.send(datagram, Number(at.split(':').at(-1)), '127.0.0.1', resolve),
      );
    }
    socket.close();
    await vi.waitFor(
      () => expect(events).toContainEqual(expect.objectContaining({ type: 'complete', bundle: `end ${i}` })),
      WAIT,
    );
    stop.abort();
    await ended;
    yield { says: textIn(path), told: JSON.stringify(events) };
  }
}

async function* playPage(runs: SuccessionCase['runs']): ReturnType<Play> {
  const kept = await openKept({ name: 'succession', isLasting: false });
  for (const run of runs) {
    const notices = createNotices();
    const keys = trust.map((key) => parsePublicKey(formatPublicKey(key)));
    const reception = await openReception({ crypto, trust: keys, kept, notices, changed() {} });
    for (const datagram of run) reception.receiver.push(datagram);
    await reception.settled();
    expect(reception.failure).toBeUndefined();
    expect(reception.shelf.size).toBeLessThanOrEqual(1);
    const [bundle] = reception.shelf.values();
    const file =
      bundle &&
      (await findFile(
        bundle,
        openParts(kept, crypto, () => {}),
        SUCCESSION_FILE,
      ));
    yield { says: await file?.text(), told: JSON.stringify([notices.all(), reception.receiver.counters]) };
    await reception.close();
  }
}

describe.each<[string, Play]>([
  ['datacast-receive', playRecordings],
  ['datacast-receive listen', playLive],
  ['the page', playPage],
])("succession of a publisher's key: %s", (_, play) => {
  it.each(cases)('$name', async ({ runs, says }) => {
    const said: (string | undefined)[] = [];
    for await (const played of play(runs)) {
      said.push(played.says);
      expect(said.at(-1), played.told).toBe(says[said.length - 1]);
    }
    expect(said).toEqual(says);
  });
});

it('goes on in the same directory when the successor is pinned by hand', async () => {
  const [one, succession] = cases.at(-1)!.runs;
  const successor = [await testPublisher(crypto, 2)];
  const said: (string | undefined)[] = [];
  const played = playLive([one!, succession!, succession!], (run) => (run < 2 ? trust : successor));
  for await (const { says } of played) said.push(says);
  expect(said).toEqual(['one', 'two', 'two']);
});
