/** What `npm pack` puts into the package: its size against the goals, and files that must not be in it. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../fixtures/job.js';

/** Bytes of the archive, and of what it unpacks to. */
const MAX_PACKED = 1_000_000;
const MAX_UNPACKED = 2_800_000;

/** Sources, tests and what only they need, source maps, benchmarks and documentation besides the README. */
const FOREIGN = [
  /(?<!\.d)\.ts$/,
  /\.map$/,
  /\btest/,
  /^dist\/fixtures\//,
  /^dist\/bench\//,
  /^docs\//,
  /\.wasm$/,
  /^dist\/receiver\/page\/(?!receiver\.html$)/,
];

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
) as [Packed];

process.stdout.write(
  `packed      ${kilobytes(packed.size)}, at most ${kilobytes(MAX_PACKED)}\n` +
    `unpacked    ${kilobytes(packed.unpackedSize)}, at most ${kilobytes(MAX_UNPACKED)}\n` +
    `files       ${packed.entryCount}\n`,
);
const problems = packed.files
  .filter(({ path }) => FOREIGN.some((pattern) => pattern.test(path)))
  .map(({ path }) => `${path} does not belong in the package: see "files" in ${join(ROOT, 'package.json')}.`);
if (packed.size > MAX_PACKED || packed.unpackedSize > MAX_UNPACKED) {
  const largest = [...packed.files].sort((a, b) => b.size - a.size).slice(0, 5);
  problems.push(
    `The package is too large; its largest files are ${largest.map(({ path }) => path).join(', ')}.`,
  );
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
