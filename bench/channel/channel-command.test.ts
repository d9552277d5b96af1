import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../codecs/node/command.js';
import { readPcap } from '../../codecs/pcap/index.js';
import { cliOf } from '../../fixtures/job.js';
import { createBenchProgram } from '../program.js';
import { parseChannelSpec } from './index.js';

const TRACE = fileURLToPath(new URL('models/sample-trace.txt', import.meta.url));
const RECORDING = fileURLToPath(new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url));

let directory: string;
let sent: string;
let received: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-channel-'));
  sent = join(directory, 'sent.pcap');
  received = join(directory, 'received.pcap');
  copyFileSync(RECORDING, sent);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const code = await runCli(createBenchProgram(io), ['channel', ...argv], io);
  return { code, stdout, stderr };
}

async function datagrams(path: string) {
  async function* chunks() {
    yield new Uint8Array(readFileSync(path));
  }
  const read = [];
  for await (const { payload, source, destination, sourcePort, destinationPort } of readPcap(chunks())) {
    read.push({ payload: payload.slice(), source, destination, sourcePort, destinationPort });
  }
  return read;
}

describe('datacast-bench channel', () => {
  it('passes standard input, compressed too, to standard output, and says what it did beside it', async () => {
    const piped = { input: gzipSync(readFileSync(sent)), encoding: 'buffer' } as const;
    const args = [cliOf('datacast-bench'), 'channel', '-', '-'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, piped);
    expect([status, `${stderr}`]).toEqual([0, expect.stringMatching(/^delivered .* datagrams in -$/m)]);
    writeFileSync(received, stdout);
    expect(await datagrams(received)).toEqual(await datagrams(sent));
    const made = spawnSync(process.execPath, [cliOf('datacast-bench'), 'trace', '-', '--sent', sent], piped);
    expect([made.status, `${made.stdout}`]).toEqual([0, expect.stringMatching(/^# -, compared/m)]);
  });

  it('passes everything on when nothing is asked of it', async () => {
    const { code, stdout, stderr } = await run(sent, received);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^lost +0 \(0\.0 %\)$/m);
    const before = await datagrams(sent);
    expect(before.length).toBeGreaterThan(20);
    expect(await datagrams(received)).toEqual(before);
  });

  it.each([['bernoulli'], ['gilbert-elliott', '--burst', '2'], ['outage', '--outage-seconds', '0.001']])(
    'reports what the %s model did, the same for the same seed',
    async (...model) => {
      const argv = ['--loss', '30%', '--model', ...model, '--json'];
      const first = await run(sent, received, ...argv);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      const report = JSON.parse(first.stdout);
      expect(report.delivered).toBe(report.datagrams - report.lost);
      expect(report.skipped).toBeGreaterThan(0); // IGMP reports
      expect(await datagrams(received)).toHaveLength(report.delivered);
      const bytes = readFileSync(received);
      expect((await run(sent, received, ...argv)).stdout).toBe(first.stdout);
      expect(readFileSync(received).equals(bytes)).toBe(true);
    },
  );

  it.each([
    'shadowing:share=0.4,meanSeconds=0.001',
    'pass:periodSeconds=0.004,windowSeconds=0.002',
    'recorder:loss=0.05,burst=2',
    `trace:path=${TRACE}`,
    'bernoulli:loss=10%+gilbert-elliott:loss=0.1,burst=3',
  ])('loses by the channel %s, the same for the same seed', async (channel) => {
    const argv = ['--channel', channel, '--seed', '3', '--json'];
    const first = await run(sent, received, ...argv);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(first.stdout);
    expect(report.parameters.channel).toEqual(parseChannelSpec(channel));
    expect(report.delivered).toBe(report.datagrams - report.lost);
    expect(await datagrams(received)).toHaveLength(report.delivered);
    expect((await run(sent, received, ...argv)).stdout).toBe(first.stdout);
  });

  it('says what is wrong with a loss trace', async () => {
    const trace = join(directory, 'trace.txt');
    writeFileSync(trace, '0001\nrain\n');
    const wrong = await run(sent, received, '--channel', `trace:path=${trace}`);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/trace\.txt, line 2: "rain" is no part of a loss trace/);
    const missing = await run(sent, received, '--channel', 'trace:path=none.txt');
    expect(missing).toMatchObject({ code: 1, stderr: 'none.txt does not exist.\n' });
  });

  it('adds forgeries, duplicates and damage and counts them', async () => {
    const options = [
      '--forge',
      '50',
      '--duplicate',
      '20',
      '--corrupt',
      '20%',
      '--truncate',
      '20',
      '--reorder',
      '8',
    ];
    const report = JSON.parse((await run(sent, received, ...options, '--json')).stdout);
    const forged = Object.values<number>(report.forged).reduce((sum, count) => sum + count, 0);
    for (const count of [forged, report.duplicated, report.corrupted, report.truncated, report.reordered]) {
      expect(count).toBeGreaterThan(0);
    }
    expect(report.delivered).toBe(report.datagrams + forged + report.duplicated);
    expect(await datagrams(received)).toHaveLength(report.delivered);
    const text = (await run(sent, received, ...options)).stdout;
    expect(text).toMatch(new RegExp(`^forged +${forged}$`, 'm'));
    expect(text).toMatch(new RegExp(`^delivered +${report.delivered} datagrams in `, 'm'));
  });

  it('explains itself, with examples', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Exit codes:');
  });

  it.each([
    ['--loss', '0.3'],
    ['--loss', 'much'],
    ['--loss', '-0.1'],
    ['--model', 'weather'],
    ['--reorder', '1.5'],
    ['--seed', '-1'],
    ['--seed', '99999999999999999999'],
  ])('refuses %s %s with exit code 2', async (...option) => {
    const { code, stdout, stderr } = await run(sent, received, ...option);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(readdirSync(directory)).toEqual(['sent.pcap']);
  });

  it.each([
    [['--loss', '90', '--model', 'gilbert-elliott', '--burst', '2'], 'mean burst is at least 9'],
    [['--loss', '30', '--model', 'outage', '--outage-seconds', '0'], 'outage of 0 seconds cannot be'],
    [['--loss', '30', '--model', 'gilbert-elliott', '--burst', '0'], 'a burst holds at least one datagram'],
    [['--loss', '30', '--burst', '0'], '--burst belongs to --model gilbert-elliott, not to bernoulli'],
    [['--model', 'outage', '--burst', '5'], '--burst belongs to --model gilbert-elliott, not to outage'],
    [['--model', 'bernoulli', '--outage-seconds', '5'], '--outage-seconds belongs to --model outage'],
    [['--channel', 'bernoulli:loss=0.3', '--loss', '30'], '--channel says it all'],
    [['--channel', 'weather'], '"weather" is no channel model'],
    [['--channel', 'gilbert-elliott:loss=0.9,burst=2'], 'mean burst is at least 9'],
    [['--channel', 'pass:periodSeconds=5,windowSeconds=9'], 'does not fit into a period'],
  ])('refuses options that contradict each other: %s', async (options, message) => {
    const { code, stderr } = await run(sent, received, ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(readdirSync(directory)).toEqual(['sent.pcap']);
  });

  it('refuses to write over its input', async () => {
    const { code, stderr } = await run(sent, sent);
    expect(code).toBe(2);
    expect(stderr).toContain('both input and output');
    expect(readFileSync(sent).equals(readFileSync(RECORDING))).toBe(true);
  });

  it('fails with a sentence and exit code 1, and leaves nothing half written', async () => {
    writeFileSync(received, 'kept');
    const text = join(directory, 'text.pcap');
    writeFileSync(text, 'This is no recording, but a text of some length.');
    const damaged = join(directory, 'damaged.pcap');
    const bytes = readFileSync(sent);
    bytes.fill(0xff, 24, 40);
    writeFileSync(damaged, bytes);
    const empty = join(directory, 'empty.pcap');
    writeFileSync(empty, readFileSync(sent).subarray(0, 24));
    const cases: [string, string, RegExp][] = [
      [join(directory, 'none.pcap'), received, /none\.pcap does not exist\.$/m],
      [directory, received, /is a directory/],
      [text, received, /text\.pcap: /],
      [damaged, received, /damaged\.pcap: .*record 1/i],
      [empty, received, /empty\.pcap holds no UDP datagram\.$/m],
      [sent, join(directory, 'none', 'out.pcap'), /none does not exist\.$/m],
      [
        sent,
        join(text, 'out.pcap'),
        /text\.pcap is not a directory; .*out\.pcap cannot be written there\.$/m,
      ],
    ];
    for (const [input, output, message] of cases) {
      const { code, stdout, stderr } = await run(input, output, '--loss', '10');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(readFileSync(received, 'utf8')).toBe('kept');
    expect(readdirSync(directory).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
