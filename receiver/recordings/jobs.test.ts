import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../bench/channel/index.js';
import { simulatedChannel } from '../../bench/channel/simulated-channel.js';
import { concatBytes } from '../../codecs/bytes.js';
import { packPart } from '../../codecs/edition/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { pcapHeader, pcapRecord, type UdpDatagram } from '../../codecs/pcap/index.js';
import { compress } from '../../codecs/zstd/index.js';
import { piecesOf } from '../files/testing.js';
import type { Progress } from '../progress.js';
import { type TestPublisher, testEdition, testPublisher } from '../testing.js';
import { receive } from './receive.js';
import type { ReceiveReport } from './receive-report.js';

/** Another channel than the usual one: DATACAST_SEED=<number> npx vitest run receiver/jobs */
const SEED = Number(process.env.DATACAST_SEED ?? 1);
const REPEAT = `To repeat: DATACAST_SEED=${SEED} npx vitest run receiver/jobs`;
/** More than other threads leave to this one. */
const CONTENT_BYTES = 3_000_000;
const SILENT: Progress = { start: () => {}, read: () => {}, show: () => {}, end: () => {} };

let work = '';
let schemes: FecSchemes;
let publisher: TestPublisher;
let content: Uint8Array;
const at = (name: string) => join(work, name);

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-jobs-'));
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
  // half of it compresses, so that other threads decompress
  const random = createPrng(5).bytes(CONTENT_BYTES / 2);
  content = concatBytes(
    random,
    random.map((byte) => 97 + (byte & 15)),
  );
  await record();
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A recording of a part of four blocks, with losses, forgeries, damage, duplicates and disorder. */
async function record(): Promise<void> {
  const file = {
    kind: 'file' as const,
    path: 'a.bin',
    size: content.length,
    open: () => piecesOf([content]),
  };
  const cut = { class: 'other' as const, label: 'a.bin', files: [file], directories: [] };
  const pieces: Uint8Array[] = [];
  const packed = compress(
    packPart({ ...cut, unpacked: content.length }, (file) => file.open()),
    { level: 1 },
  );
  for await (const piece of packed) pieces.push(piece);
  const object = concatBytes(...pieces);
  const edition = await testEdition({
    crypto: nodeCrypto,
    schemes,
    publisher,
    parts: [object],
    alterIndex: ({ parts: [part], ...index }) => ({
      ...index,
      parts: [{ ...part!, unpacked: content.length, label: 'a.bin', class: 'other' }],
    }),
    symbolSize: 1024,
    blocks: 4,
    depth: 3,
  });
  const session = edition.parts[0]!;
  const lanes: Uint8Array[][] = [];
  for (const { sbn, sourceSymbols } of session.blocks) {
    lanes.push(await session.symbols(sbn, 0, Math.ceil(sourceSymbols * 1.6)));
  }
  const flow = { source: '192.0.2.1', destination: '239.1.2.3', sourcePort: 4001, destinationPort: 4001 };
  const sent: UdpDatagram[] = [];
  const send = (payload: Uint8Array) => sent.push({ ...flow, timestampNs: BigInt(sent.length), payload });
  for (let i = 0; i < lanes[0]!.length; i++) {
    if (i % 100 === 0) for (const datagram of await edition.announce()) send(datagram);
    if (i % 100 === 0) send(await session.fdt());
    for (const lane of lanes) if (i < lane.length) send(lane[i]!);
  }
  const parameters = {
    seed: SEED,
    channel: { model: 'gilbert-elliott', loss: 0.1, burst: 4 } as const,
    forge: 0.03,
    duplicate: 0.02,
    corrupt: 0.02,
    truncate: 0,
    reorder: 20,
  };
  const { channel } = simulatedChannel<UdpDatagram>(parameters, nodeCrypto, schemes);
  const records: Uint8Array[] = [];
  for await (const datagram of channel(sent)) records.push(pcapRecord(datagram));
  writeFileSync(at('received.pcap'), concatBytes(pcapHeader(), ...records));
}

async function run(
  out: string,
  jobs: number,
  verify: 'lazy' | 'eager',
  progress = SILENT,
  interrupted = new AbortController().signal,
): Promise<ReceiveReport> {
  return receive([at('received.pcap')], {
    crypto: nodeCrypto,
    schemes,
    trust: [publisher],
    verify,
    jobs,
    progress,
    interrupted,
    allowUnsigned: false,
    whole: false,
    maxSize: 2 ** 30,
    keepBundle: undefined,
    onProblem: () => {},
    out,
  });
}

describe.each(['lazy', 'eager'] as const)('with signatures checked %s', (verify) => {
  it('comes to the same with any number of threads, down to the counters', async () => {
    const reports: ReceiveReport[] = [];
    for (const jobs of [1, 2, 4]) {
      const out = at(`out-${verify}-${jobs}`);
      reports.push({ ...(await run(out, jobs, verify)), out: '' });
      expect(readFileSync(join(out, 'a.bin')).equals(content), REPEAT).toBe(true);
    }
    const [one, ...more] = reports;
    expect(one!.counters.forged, REPEAT).toBeGreaterThan(50);
    expect(one!.counters.duplicates, REPEAT).toBeGreaterThan(20);
    for (const report of more) expect(report, REPEAT).toEqual(one);
  });

  it('leaves nothing when it is interrupted, wherever that is', async () => {
    mkdirSync(at('place'), { recursive: true });
    for (const chunk of [1, 2, 3]) {
      const interruption = new AbortController();
      let read = 0;
      const progress = { ...SILENT, read: () => ++read === chunk && interruption.abort(new Error('Stop.')) };
      const running = run(at('place/out'), 3, verify, progress as Progress, interruption.signal);
      await expect(running).rejects.toThrow('Stop.');
      expect(readdirSync(at('place'))).toEqual([]);
    }
  });

  it('ends with what the disk says when it is pulled out, and leaves nothing', async () => {
    mkdirSync(at('place'), { recursive: true });
    const pullOut = () => {
      for (const name of readdirSync(at('place'))) rmSync(join(at('place'), name), { recursive: true });
    };
    const running = run(at('place/out'), 1, verify, { ...SILENT, start: pullOut });
    await expect(running).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(at('place'))).toEqual([]);
  });
});
