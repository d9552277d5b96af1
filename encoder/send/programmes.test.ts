import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { continuityGaps, packetsOf, pcrOf, pidOf } from '../../codecs/mpegts/testing.js';
import { cliOf, compareDirectories, ROOT, runProgram } from '../../fixtures/job.js';
import { requireKoreanFont, requireTool } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';
import { runProgram as runHere } from '../testing-program.js';
import { parseChannelFile } from './channel/channel-file.js';
import { requireProgrammes } from './channel/link.js';
import { crowdedStream } from './monitoring/link-watch.js';
import { listen } from './testing-socket.js';

/** The channel file with programmes of docs/uplink.md, on the loopback interface. */

const BUNDLES = ['news', 'lessons', 'exams'];
const PROGRAMMES = [
  { number: 1, name: 'News', bundles: ['news'] },
  { number: 2, name: 'School', bundles: ['lessons', 'exams'] },
];

let work: string;
const at = (...names: string[]) => join(work, ...names);

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-programmes-'));
  for (const [i, name] of BUNDLES.entries()) {
    mkdirSync(at('srv', name), { recursive: true });
    const numbers = Array.from({ length: 4000 * (i + 1) }, (_, j) => ((j + i) * 2654435761) % 4294967296);
    writeFileSync(at('srv', name, 'index.html'), numbers.join('\n'));
  }
  expect(runProgram('datacast', ['keygen', '--out', at('keys'), '--no-password']).status).toBe(0);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What the page says, for content and a modulator that are here. */
function channelFile(address: string): string {
  const page = readFileSync(join(ROOT, 'docs', 'uplink.md'), 'utf8');
  const text = /^```yaml\n([^`]*^programmes:\n[^`]*)^```$/m.exec(page)![1]!;
  const own = text.replaceAll('/srv/', `${at('srv')}/`).replace('10.0.0.5:5000', address);
  writeFileSync(at('channel.yaml'), own);
  const picture = ['-f', 'lavfi', '-i', 'color=blue:s=320x180', '-frames:v', '1', at('school.png')];
  spawnSync('ffmpeg', ['-v', 'error', '-y', ...picture]);
  return at('channel.yaml');
}

/** Sends until each bundle has had a pass. */
async function sendOnce(channel: string): Promise<void> {
  const args = ['send', '--channel', channel, '--keys', at('keys'), '--log', 'json'];
  const sender = spawn(process.execPath, [cliOf('datacast'), ...args]);
  onTestFinished(() => void sender.kill('SIGKILL'));
  let said = '';
  sender.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exit = new Promise((resolve) => sender.on('exit', resolve));
  await vi.waitFor(() => {
    const sent = said.matchAll(/"type":"pass","bundle":"([^"]+)"/g);
    expect(new Set([...sent].map(([, name]) => name)).size, said).toBe(BUNDLES.length);
  }, WAIT);
  sender.kill('SIGTERM');
  expect(await exit, said).toBe(0);
}

function receive(stream: string, out: string): void {
  const args = [stream, '--trust', at('keys/publisher.pub'), '--out', at(out)];
  const { status, stderr } = runProgram('datacast-receive', args);
  expect(status, stderr).toBe(0);
}

it.each([
  [['--ts-name', 'Other'], /Each programme has a name of its own: leave --ts-name out\./],
  [['--ts-service', 'data'], /Programmes are television services: .* add --ts-service tv\./],
  [['--ts-rate', '800k'], /too slow for the slates of 2 programmes.* Give a rate above \d+k/],
])('what programmes cannot be is refused: %j', async (options, sentence) => {
  const slates = /^ +slate.*\n/gm;
  writeFileSync(at('plain.yaml'), readFileSync(channelFile('127.0.0.1:9'), 'utf8').replace(slates, ''));
  const args = [
    'send',
    '--channel',
    at('plain.yaml'),
    '--keys',
    at('keys'),
    '--state',
    at('none'),
    ...options,
  ];
  const { code, stderr } = await runHere(args);
  expect(stderr).toMatch(sentence);
  expect(code).toBe(/slates/.test(sentence.source) ? 1 : 2);
});

it('a stream with less than is advised for each programme is named', () => {
  const { link } = parseChannelFile(readFileSync(channelFile('127.0.0.1:9'), 'utf8'), 'c.yaml');
  const at = (tsRate: number) => crowdedStream({ stream: { ...link.stream!, tsRate } });
  expect(at(1_000_000)).toMatch(
    /^The transport stream of 1000000 bit\/s has 2 programmes.* 1200000 bit\/s or more/,
  );
  expect(at(1_200_000)).toBeUndefined();
  expect(
    crowdedStream({ stream: { ...link.stream!, tsRate: 600_000, programmes: undefined } }),
  ).toBeUndefined();
  expect(crowdedStream({})).toBeUndefined();
});

it('bundles of programmes that are not on the air are refused', () => {
  const { link, ...channel } = parseChannelFile(readFileSync(channelFile('127.0.0.1:9'), 'utf8'), 'c.yaml');
  const running = (...names: string[]) => ({
    ...link,
    stream: { ...link.stream!, programmes: names.map((name) => ({ name })) },
  });
  const require = (of: typeof link) => () => requireProgrammes({ link, ...channel }, of);
  expect(require(link)).not.toThrow();
  expect(require(running('School', 'News', 'Films'))).not.toThrow();
  expect(require(running('News'))).toThrow(/has not the programme of the bundle "lessons"/);
  expect(require({ ...link, stream: undefined })).toThrow(/of the bundle "news"/);
});

it('two programmes share a stream, and each of them is complete alone', async (context) => {
  if (!requireTool('ffmpeg', context) || !requireKoreanFont(context)) return;
  const stream = await listen();
  const channel = channelFile(stream.address);
  for (let life = 0; life < 2; life++) await sendOnce(channel);
  const whole = Buffer.concat(stream.datagrams);
  writeFileSync(at('whole.ts'), whole);

  const packets = packetsOf(whole);
  expect(continuityGaps(packets)).toEqual([]);
  for (const { number } of PROGRAMMES) {
    const video = packets.filter((packet) => pidOf(packet) === (number << 8) + 1);
    const pcrs = video.flatMap((packet) => pcrOf(packet) ?? []);
    expect(pcrs).toEqual([...pcrs].sort((a, b) => (a < b ? -1 : 1)));
    expect(pcrs.length).toBeGreaterThan(10);
  }

  const shown = ['-v', 'error', '-show_programs', '-of', 'json', at('whole.ts')];
  const { programs } = JSON.parse(spawnSync('ffprobe', shown, { encoding: 'utf8' }).stdout);
  expect(programs.map((each: { tags: { service_name: string } }) => each.tags.service_name)).toEqual(
    PROGRAMMES.map(({ name }) => name),
  );

  receive(at('whole.ts'), 'whole');
  for (const name of BUNDLES) compareDirectories(at('srv', name), at('whole', name));
  for (const { number, name, bundles } of PROGRAMMES) {
    const alone = at(`${name}.ts`);
    const copy = ['-map', `0:p:${number}`, '-c', 'copy', alone];
    const { stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', at('whole.ts'), ...copy], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const decoded = spawnSync('ffmpeg', ['-v', 'error', '-i', alone, '-f', 'null', '-'], {
      encoding: 'utf8',
    });
    expect(decoded.stderr).toBe('');
    receive(alone, name);
    for (const bundle of bundles) {
      compareDirectories(at('srv', bundle), bundles.length === 1 ? at(name) : at(name, bundle));
    }
  }
});
