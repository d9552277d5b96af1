import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../codecs/cli.js';
import { nodeCrypto } from '../codecs/crypto/node.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { createPcapReader, pcapHeader, pcapRecord, type UdpDatagram } from '../codecs/pcap/index.js';
import { createKeys, encode, loadKeys } from '../encoder/index.js';
import {
  type Channel,
  compose,
  corrupt,
  createPrng,
  duplicate,
  forge,
  gilbertElliott,
  gilbertParameters,
  lose,
  reorder,
  truncate,
} from '../fixtures/channel/index.js';
import { createReceiveProgram } from './program.js';

/** Another channel than the usual ones: DATACAST_SEED=<number> npx vitest run receiver/whole-job */
const SEEDS = process.env.DATACAST_SEED === undefined ? [1, 2, 3] : [Number(process.env.DATACAST_SEED)];
const CONTENT_BYTES = 400_000;
const NOW = Date.UTC(2026, 0, 1);

let work = '';
let sent: UdpDatagram[] = [];
const at = (name: string) => join(work, name);

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-job-'));
  mkdirSync(at('content/소식'), { recursive: true });
  const prng = createPrng(99);
  writeFileSync(at('content/소식/사진.png'), prng.bytes(CONTENT_BYTES));
  writeFileSync(at('content/empty.txt'), '');
  writeFileSync(at('content/index.html'), '<p>날씨</p>\n'.repeat(1000));
  await createKeys(at('keys'), nodeCrypto, { now: NOW });
  await encode(at('content'), at('sent.pcap'), {
    keys: await loadKeys(at('keys'), nodeCrypto, async () => '', NOW),
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    fec: 'raptorq',
    repair: { kind: 'fraction', fraction: 1.5 },
    level: 3,
    mtu: 1500,
    destination: { address: '239.255.0.1', port: 4001 },
    authDepth: 2,
    sequence: 17,
    fluteVersion: 2,
    rate: 1_000_000,
    now: NOW,
    onProgress: () => {},
  });
  sent = createPcapReader().push(new Uint8Array(readFileSync(at('sent.pcap'))));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function hostileChannel(seed: number): Channel<UdpDatagram> {
  const prng = createPrng(seed);
  return compose<UdpDatagram>(
    forge(prng.fork('forge'), 0.1, { crypto: nodeCrypto }),
    lose(gilbertElliott(prng.fork('loss'), gilbertParameters(0.3, 8))),
    duplicate(prng.fork('duplicate'), 0.05),
    corrupt(prng.fork('corrupt'), 0.05),
    truncate(prng.fork('truncate'), 0.02),
    reorder(prng.fork('reorder'), 40),
  );
}

function digestTree(directory: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? readFileSync(path, 'latin1') : undefined;
    found.set(path.slice(directory.length), content);
  }
  return found;
}

const cases = SEEDS.flatMap((seed) => (['lazy', 'eager'] as const).map((verify) => [seed, verify] as const));

it.each(cases)('comes back through channel %i, checked %s', async (seed, verify) => {
  const records: Uint8Array[] = [];
  for await (const datagram of hostileChannel(seed)(sent)) records.push(pcapRecord(datagram));
  const recording = at(`${seed}.pcap`);
  writeFileSync(recording, Buffer.concat([pcapHeader(), ...records]));
  const out = at(`out-${seed}-${verify}`);
  let said = '';
  const io = {
    stdout: { write: (text: string) => (said += text) },
    stderr: { write: (text: string) => (said += text) },
  };
  const program = createReceiveProgram({ io, crypto: nodeCrypto, interrupted: new AbortController().signal });
  const trust = ['--trust', at('keys/publisher.pub')];
  const code = await runCli(program, [recording, ...trust, '--out', out, '--verify', verify], io);
  const repeat = `${said}\nTo repeat: DATACAST_SEED=${seed} npx vitest run receiver/whole-job`;
  expect(code, repeat).toBe(0);
  expect(digestTree(out), repeat).toEqual(digestTree(at('content')));
});
