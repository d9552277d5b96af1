import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPrng } from '../bench/channel/index.js';
import { simulatedChannel } from '../bench/channel/simulated-channel.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { createPcapReader, pcapHeader, pcapRecord, type UdpDatagram } from '../codecs/pcap/index.js';
import { recordContent } from '../encoder/testing.js';
import { createReceiveProgram } from './program.js';

/** Another channel than the usual ones: DATACAST_SEED=<number> npx vitest run receiver/whole-job */
const SEEDS = process.env.DATACAST_SEED === undefined ? [1, 2, 3] : [Number(process.env.DATACAST_SEED)];
const CONTENT_BYTES = 400_000;

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
  await recordContent(work, 1.5, 2);
  sent = createPcapReader().push(new Uint8Array(readFileSync(at('sent.pcap'))));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function hostileChannel(seed: number) {
  const parameters = {
    seed,
    channel: { model: 'gilbert-elliott', loss: 0.3, burst: 8 } as const,
    forge: 0.1,
    duplicate: 0.05,
    corrupt: 0.05,
    truncate: 0.02,
    reorder: 40,
  };
  return simulatedChannel<UdpDatagram>(parameters, nodeCrypto, await loadFecSchemes()).channel;
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
  const channel = await hostileChannel(seed);
  for await (const datagram of channel(sent)) records.push(pcapRecord(datagram));
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
