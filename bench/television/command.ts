import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { datagramsIn, decodeErrors, recordingsOf } from './survival.js';

const NOTES = `
A directory is encoded as a data service and as a television service with each carrier. Each stream is recorded as boxes do: by
the rules of VDR, enigma2 and tvheadend as filters of PIDs, by "ffmpeg -c copy", with packets of 192 and 204 bytes, and as the whole
multiplex with two other programmes, a header of 1 MiB before each piece and index blocks between. A cell says what share of the datagrams is
in the recording, and whether datacast-receive writes the whole edition from it.

Packet efficiency is datagram bytes by the bytes of the packets that a service has more with datagrams than without; the bars are 95 % for
subtitles, 93 % for video.

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

const SERVICES: Readonly<Record<string, readonly string[]>> = {
  video: ['--ts-service', 'tv', '--carrier', 'video'],
  subtitles: ['--ts-service', 'tv', '--carrier', 'subtitles'],
  'data service': ['--ts-service', 'data', '--rate', '3500k'],
};
const CONTENT_BYTES = 4_000_000;
const TS_RATE = 4_000_000;
const EFFICIENCY_RATES = [1_000_000, 4_000_000, 40_000_000];
const DATAGRAM_BYTES = 1472;

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
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', NOTES)
    .action(({ seed, json }: { seed: number; json?: true }) => {
      const directory = mkdtempSync(join(tmpdir(), 'datacast-television-'));
      try {
        const cells = measure(directory, seed, (sentence) => void io.stderr.write(`${sentence}\n`));
        const efficiency = (['subtitles', 'video'] as const).map((carrier) => ({
          carrier,
          rates: EFFICIENCY_RATES.map((rate) => packetEfficiency(carrier as Carrier, rate, DATAGRAM_BYTES)),
        }));
        io.stdout.write(
          json ? `${JSON.stringify({ cells, efficiency }, null, 2)}\n` : table(cells, efficiency),
        );
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
}

function measure(directory: string, seed: number, say: (sentence: string) => void): Cell[] {
  const at = (name: string) => join(directory, name);
  writeFileSync(at('content.bin'), createPrng(seed).bytes(CONTENT_BYTES));
  run('datacast', 'keygen', '--out', at('keys'), '--no-password');
  const cells: Cell[] = [];
  for (const [service, options] of Object.entries(SERVICES)) {
    const rates = ['--ts-rate', String(TS_RATE), '--expect-loss', '20', '--level', '1', ...options];
    run('datacast', 'encode', at('content.bin'), '--keys', at('keys'), '--out', at('sent.ts'), ...rates);
    const errors = service === 'data service' ? '' : decodeErrors(at('sent.ts'));
    if (errors !== '') throw new Error(`ffmpeg complains of the picture or sound with ${service}: ${errors}`);
    const sent = datagramsIn([at('sent.ts')]);
    for (const { name, files } of recordingsOf(at('sent.ts'), directory, seed)) {
      say(`${service}: ${name}`);
      const back = at('back');
      const { status } = runProgram('datacast-receive', [
        ...files,
        '--trust',
        at('keys/publisher.pub'),
        '--out',
        back,
      ]);
      rmSync(back, { recursive: true, force: true });
      cells.push({ service, recording: name, sent, kept: datagramsIn(files), isComplete: status === 0 });
    }
  }
  return cells;
}

function run(program: Parameters<typeof runProgram>[0], ...args: string[]): void {
  const { status, stderr } = runProgram(program, args);
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}: ${stderr}`);
}

function table(
  cells: readonly Cell[],
  efficiency: readonly { readonly carrier: string; readonly rates: readonly number[] }[],
): string {
  const services = Object.keys(SERVICES);
  const recordings = [...new Set(cells.map(({ recording }) => recording))];
  const cell = (recording: string, service: string) => {
    const found = cells.find((each) => each.recording === recording && each.service === service)!;
    return `${formatPercent(found.kept, found.sent)}, ${found.isComplete ? 'complete' : '**not complete**'}`;
  };
  const lines = [
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
  ];
  return `${lines.join('\n')}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
