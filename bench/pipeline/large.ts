/** A directory of 70 MB through 25 % loss and back, with the peak memory of encoder and receiver. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareDirectories, type Program, runProgram } from '../../fixtures/job.js';
import { writeLargeDirectory } from '../../fixtures/large-directory.js';

const BYTES = 70_000_000;
const SEED = 1;
/** Share of the bytes that is images. */
const IMAGE_SHARE = 0.6;

/** What the programs say of a run, as --json. */
export interface LargeReport {
  readonly files: number;
  readonly seconds: Record<'encode' | 'receive', number>;
  /** Bytes resident at most. */
  readonly peakMemory: Record<'encode' | 'receive', number>;
}

function run(
  program: Program,
  args: readonly string[],
): { report: { peakMemory?: number }; seconds: number } {
  const begin = performance.now();
  const { status, stdout, stderr } = runProgram(program, args);
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with exit code ${status}: ${stderr}`);
  const report = stdout.startsWith('{') ? JSON.parse(stdout) : {};
  return { report, seconds: (performance.now() - begin) / 1000 };
}

/** Runs the job at a level of zstd; throws when anything comes back different. */
export function largeJob(level: number): LargeReport {
  const work = mkdtempSync(join(tmpdir(), 'datacast-large-'));
  const at = (name: string) => join(work, name);
  try {
    writeLargeDirectory(at('content'), BYTES, SEED, IMAGE_SHARE);
    run('datacast', ['keygen', '--out', at('keys'), '--no-password']);
    const sent = [
      '--keys',
      at('keys'),
      '--out',
      at('sent.pcap'),
      '--expect-loss',
      '25',
      '--level',
      String(level),
    ];
    const encoded = run('datacast', ['encode', at('content'), ...sent, '--json']);
    run('datacast-bench', [
      'channel',
      at('sent.pcap'),
      at('received.pcap'),
      '--loss',
      '25%',
      '--seed',
      String(SEED),
    ]);
    const trust = ['--trust', at('keys/publisher.pub')];
    const received = run('datacast-receive', [at('received.pcap'), ...trust, '--out', at('back'), '--json']);
    return {
      files: compareDirectories(at('content'), at('back')),
      seconds: { encode: encoded.seconds, receive: received.seconds },
      peakMemory: {
        encode: encoded.report.peakMemory ?? Number.NaN,
        receive: received.report.peakMemory ?? Number.NaN,
      },
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export function largeReport({ files, seconds, peakMemory }: LargeReport): string {
  const line = (name: string, s: number, memory: number) =>
    `${name.padEnd(9)} ${s.toFixed(1).padStart(6)} s  ${Math.round(memory / 1e6)} MB resident at most\n`;
  return (
    `70 MB in ${files} files through 25 % independent loss: identical\n` +
    line('encoder', seconds.encode, peakMemory.encode) +
    line('receiver', seconds.receive, peakMemory.receive)
  );
}
