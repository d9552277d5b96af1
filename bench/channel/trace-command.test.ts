import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../codecs/node/command.js';
import { pcapHeader, pcapRecord } from '../../codecs/pcap/index.js';
import { createPrng } from '../../fixtures/prng.js';
import { createBenchProgram } from '../program.js';
import { createLossModel, parseChannelSpec } from './index.js';
import { parseTrace } from './models/trace.js';

const INTERVAL = 5_000_000;
const DATAGRAMS = 3000;
const FLOW = { source: '192.0.2.1', destination: '239.255.0.1', sourcePort: 4001, destinationPort: 4001 };

let directory: string;
let isLost: boolean[];
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-trace-'));
  const lose = createLossModel(parseChannelSpec('gilbert-elliott:loss=20%,burst=5'), createPrng(3));
  isLost = Array.from({ length: DATAGRAMS }, () => lose({ length: 1000 }));
  isLost[0] = false;
  isLost[DATAGRAMS - 1] = false;
  const random = createPrng(4);
  const records = isLost.map((_, i) => {
    // what recorders add to the times
    const jitter = Math.floor(0.1 * INTERVAL * random.uniform());
    const payload = new Uint8Array(1000);
    new DataView(payload.buffer).setUint32(0, i);
    return pcapRecord({ ...FLOW, payload, timestampNs: BigInt(1e18 + i * INTERVAL + jitter) });
  });
  const stranger = pcapRecord({
    ...FLOW,
    destination: '239.9.9.9',
    payload: new Uint8Array(9),
    timestampNs: 10n ** 18n,
  });
  writeFileSync(at('sent.pcap'), Buffer.concat([pcapHeader(), ...records]));
  writeFileSync(
    at('received.pcap'),
    Buffer.concat([pcapHeader(), stranger, ...records.filter((_, i) => !isLost[i])]),
  );
  const irregular = records
    .filter((_, i) => !isLost[i])
    .map((record) => {
      const copy = Buffer.from(record);
      copy.writeUInt32LE(random.below(1e9), 4);
      return copy;
    });
  writeFileSync(at('irregular.pcap'), Buffer.concat([pcapHeader(), ...irregular]));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]) {
  let [stdout, stderr] = ['', ''];
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const code = await runCli(createBenchProgram(io), ['trace', ...argv], io);
  return { code, stdout, stderr };
}

/** For each datagram whether it is lost. */
function lossesOf(trace: string): boolean[] {
  return parseTrace(trace, 'trace').runs.flatMap((run, i) => Array<boolean>(run).fill(i % 2 === 1));
}

describe('datacast-bench trace', () => {
  it('finds every loss by comparing with what was sent', async () => {
    const { code, stdout } = await run(at('received.pcap'), '--sent', at('sent.pcap'));
    expect(code).toBe(0);
    expect(lossesOf(stdout)).toEqual(isLost);
  });

  it('finds every loss by the times, and writes a file that the channel replays', async () => {
    const { code, stdout } = await run(at('received.pcap'), '--out', at('channel.txt'));
    expect({ code, stdout }).toMatchObject({ code: 0 });
    const text = readFileSync(at('channel.txt'), 'utf8');
    expect(lossesOf(text)).toEqual(isLost);
    expect(text).toMatch(/^# A loss trace.*\n# It is of|^# A loss trace/);
    expect(stdout).toContain(`${DATAGRAMS} datagrams, ${isLost.filter(Boolean).length} of them lost`);
    const replay = createLossModel(parseChannelSpec(`trace:path=${at('channel.txt')}`), createPrng(1));
    expect(typeof replay({ length: 1 })).toBe('boolean');
  });

  it.each([
    [['irregular.pcap'], /do not come at equal intervals\. Give what was sent with --sent/],
    [['none.pcap'], /none\.pcap does not exist/],
    [['channel.txt'], /channel\.txt: Not a pcap recording/],
  ])('says why it cannot: %j', async (names, sentence) => {
    const { code, stderr } = await run(...names.map(at));
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
  });
});
