import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Carrier } from '../../codecs/mpegts/index.js';
import type { CliIo } from '../../codecs/node/command.js';
import { formatPercent } from '../../codecs/text.js';
import { runProgram } from '../../fixtures/job.js';
import { createPrng } from '../channel/index.js';
import { count } from '../options.js';
import { packetEfficiency } from './efficiency.js';
import { type LiveResult, measureLive, requireLiveTools } from './live.js';
import { isInstalled, LIVE_RECORDERS, recordLive } from './live-recorders.js';
import { playerErrors } from './players.js';
import { readingSpeed } from './reading-speed.js';
import { datagramsIn, recordingsOf } from './survival.js';

const NOTES = `
A directory is encoded as a data service and as a television service with each carrier, also in MPEG-2 video. Each stream is recorded as boxes do: by
the rules of VDR, enigma2 and tvheadend as filters of PIDs, by "ffmpeg -c copy", with packets of 192 and 204 bytes, and as the whole
multiplex with two other programmes, a header of 1 MiB before each piece and index blocks between. VLC, mpv and multicat, where they are installed,
record for half a minute what "datacast send" sends. A cell says what share of the datagrams is in the recording, and whether datacast-receive
writes the whole edition from it. ffmpeg, mpv and VLC decode picture and sound; whatever they complain of ends the command.

Then "datacast send" sends a television service to two destinations, UDP and RTP, where multicat records it with the time of each
datagram. tshark reads the PCRs, ffmpeg looks for continuity errors.

Packet efficiency is datagram bytes by the bytes of the packets that a service has more with datagrams than without; the bars are 95 % for
subtitles, 93 % for video. The speed is that of a reader in this process, up to the datagrams, in the best of five rounds.

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

const SERVICES: Readonly<Record<string, readonly string[]>> = {
  video: ['--ts-service', 'tv', '--carrier', 'video'],
  'MPEG-2 video': ['--ts-service', 'tv', '--ts-video', 'mpeg2'],
  subtitles: ['--ts-service', 'tv', '--carrier', 'subtitles'],
  'data service': ['--ts-service', 'data', '--rate', '3500k'],
};
const CONTENT_BYTES = 4_000_000;
const TS_RATE = 4_000_000;
const EFFICIENCY_RATES = [1_000_000, 4_000_000, 40_000_000];
const DATAGRAM_BYTES = 1472;
const LIVE_RATES = [2_000_000, 40_000_000];

interface TelevisionOptions {
  seed: number;
  json?: true;
  live?: true;
  seconds: number;
}

interface Cell {
  readonly service: string;
  readonly recording: string;
  /** Datagrams. */
  readonly sent: number;
  readonly kept: number;
  readonly isComplete: boolean;
}

/** `datacast-bench television`: what recorders keep of a television service. */
export function televisionCommand(io: CliIo): Command {
  return new Command('television')
    .description('Measure what set-top boxes and tools keep of datagrams in television and data services.')
    .option('--seed <N>', 'of content and losses', count, 1)
    .option('--live', 'measure live output alone')
    .option('--seconds <N>', 'of live output at each rate', count, 20)
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ seed, json, live, seconds }: TelevisionOptions) => {
      const directory = mkdtempSync(join(tmpdir(), 'datacast-television-'));
      try {
        const say = (sentence: string) => void io.stderr.write(`${sentence}\n`);
        requireLiveTools();
        makeContent(directory, seed);
        const { cells, reading } = live ? NOTHING : await measure(directory, seed, say);
        const carriers = live ? [] : (['subtitles', 'video'] as const);
        const efficiency = carriers.map((carrier) => ({
          carrier,
          rates: EFFICIENCY_RATES.map((rate) => packetEfficiency(carrier as Carrier, rate, DATAGRAM_BYTES)),
        }));
        const results: LiveResult[] = [];
        for (const tsRate of LIVE_RATES) {
          say(`live, ${tsRate / 1e6} Mbit/s, ${seconds} s`);
          const [content, keys] = [join(directory, 'content.bin'), join(directory, 'keys')];
          results.push(await measureLive({ tsRate, seconds, content, keys, directory }));
        }
        const tables = [...(live ? [] : [...table(cells, efficiency, reading), '']), ...liveTable(results)];
        io.stdout.write(
          json
            ? `${JSON.stringify({ cells, efficiency, reading, live: results }, null, 2)}\n`
            : `${tables.join('\n')}\n`,
        );
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
}

function makeContent(directory: string, seed: number): void {
  writeFileSync(join(directory, 'content.bin'), createPrng(seed).bytes(CONTENT_BYTES));
  run('datacast', 'keygen', '--out', join(directory, 'keys'), '--no-password');
}

interface Measured {
  readonly cells: readonly Cell[];
  /** Megabytes of a recording that are read in a second of processor time. */
  readonly reading: number;
}

const NOTHING: Measured = { cells: [], reading: 0 };

async function measure(directory: string, seed: number, say: (sentence: string) => void): Promise<Measured> {
  const at = (name: string) => join(directory, name);
  const recorders = LIVE_RECORDERS.filter(isInstalled);
  for (const { name } of LIVE_RECORDERS.filter((each) => !isInstalled(each)))
    say(`${name} is not installed: its row is missing.`);
  const cells: Cell[] = [];
  let reading = 0;
  for (const [service, options] of Object.entries(SERVICES)) {
    const rates = ['--ts-rate', String(TS_RATE), '--expect-loss', '20', '--level', '1', ...options];
    const sentPath = at('sent.ts');
    run('datacast', 'encode', at('content.bin'), '--keys', at('keys'), '--out', sentPath, ...rates);
    for (const [player, errors] of service === 'data service' ? [] : playerErrors(sentPath, directory, say))
      if (errors !== '')
        throw new Error(`${player} complains of the picture or sound with ${service}: ${errors}`);
    const look = (recording: string, files: readonly string[], sent: ReadonlySet<string>) => {
      say(`${service}: ${recording}`);
      const back = ['--trust', at('keys/publisher.pub'), '--out', at('back')];
      const { status } = runProgram('datacast-receive', [...files, ...back]);
      rmSync(at('back'), { recursive: true, force: true });
      const kept = [...datagramsIn(files)].filter((datagram) => sent.has(datagram)).length;
      cells.push({ service, recording, sent: sent.size, kept, isComplete: status === 0 });
    };
    const sent = datagramsIn([sentPath]);
    for (const { name, files } of recordingsOf(sentPath, directory, seed)) look(name, files, sent);
    if (service === 'video') reading = readingSpeed(readFileSync(sentPath), createPrng(seed));
    const source = { content: at('content.bin'), keys: at('keys'), options: rates, directory };
    const { files, whole } = await recordLive(recorders, source);
    const sentLive = datagramsIn([whole]);
    for (const [i, { name }] of recorders.entries()) look(`${name}, live`, [files[i]!], sentLive);
  }
  return { cells, reading };
}

function run(program: Parameters<typeof runProgram>[0], ...args: string[]): void {
  const { status, stderr } = runProgram(program, args);
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}: ${stderr}`);
}

function table(
  cells: readonly Cell[],
  efficiency: readonly { readonly carrier: string; readonly rates: readonly number[] }[],
  reading: number,
): string[] {
  const services = Object.keys(SERVICES);
  const recordings = [...new Set(cells.map(({ recording }) => recording))];
  const cell = (recording: string, service: string) => {
    const found = cells.find((each) => each.recording === recording && each.service === service)!;
    return `${formatPercent(found.kept, found.sent)}, ${found.isComplete ? 'complete' : '**not complete**'}`;
  };
  return [
    row(['recorded by', ...services]),
    row(['---', ...services.map(() => '---')]),
    ...recordings.map((recording) =>
      row([recording, ...services.map((service) => cell(recording, service))]),
    ),
    '',
    row(['packet efficiency', ...EFFICIENCY_RATES.map((rate) => `${rate / 1e6} Mbit/s`), 'bar']),
    row(['---', ...EFFICIENCY_RATES.map(() => '---:'), '---:']),
    ...efficiency.map(({ carrier, rates }) =>
      row([carrier, ...rates.map((share) => formatPercent(share, 1)), carrier === 'video' ? '93 %' : '95 %']),
    ),
    '',
    `A recording of the multiplex is read at ${Math.floor(reading)} MB a second of processor time.`,
  ];
}

function liveTable(results: readonly LiveResult[]): string[] {
  const rows: [string, (of: LiveResult) => string, string][] = [
    [
      'PCR off the place of its bytes, at most',
      ({ pcrs, pcrError }) => `${pcrError.toFixed(0)} ns of ${pcrs.toLocaleString('en-US')}`,
      '500 ns',
    ],
    ['rate of arrivals, any second', ({ worstSecond }) => formatPercent(worstSecond, 1), '1 %'],
    [
      'continuity errors',
      ({ continuityErrors, packets }) => `${continuityErrors} in ${packets.toLocaleString('en-US')} packets`,
      '0',
    ],
    ['UDP and RTP destinations identical', ({ isIdentical }) => (isIdentical ? 'yes' : '**no**'), 'yes'],
    ['processor time of the sender', ({ cores }) => formatPercent(cores, 1), ''],
  ];
  return [
    row([`live, ${results[0]!.seconds} s`, ...results.map(({ tsRate }) => `${tsRate / 1e6} Mbit/s`), 'bar']),
    row(['---', ...results.map(() => '---:'), '---:']),
    ...rows.map(([name, cell, bar]) => row([name, ...results.map(cell), bar])),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
