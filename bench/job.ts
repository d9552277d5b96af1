/** Runs the executables of dist/ as their users do, for whole jobs: the demonstration and the test with a large directory. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, seen from here in the sources and in dist/ alike. */
export const ROOT = findRoot(fileURLToPath(new URL('.', import.meta.url)));

const PROGRAMS = { datacast: 'encoder', 'datacast-bench': 'bench', 'datacast-receive': 'receiver' } as const;
export type Program = keyof typeof PROGRAMS;

/** Milliseconds after which a program is taken to hang. */
const TIME_LIMIT = 600_000;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function findRoot(directory: string): string {
  return readdirSync(directory).includes('package.json') ? directory : findRoot(join(directory, '..'));
}

/** The built file that Node runs. */
export function cliOf(program: Program): string {
  return join(ROOT, 'dist', PROGRAMS[program], 'cli.js');
}

/** Runs one of our executables to its end. */
export function runProgram(program: Program, args: readonly string[]): Ended {
  return spawnSync(process.execPath, [cliOf(program), ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
  });
}

/** SHA-256 of every file of a directory by its path; directories count too. */
function digests(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, name);
    const isFile = statSync(path).isFile();
    found.set(name, isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'directory');
  }
  return found;
}

/** Throws unless both directories hold the same files with the same bytes; the number of files. */
export function compareDirectories(sent: string, received: string): number {
  const expected = digests(sent);
  const actual = digests(received);
  for (const [path, digest] of expected) {
    if (actual.get(path) !== digest) throw new Error(`${path} is missing or differs in what was received.`);
  }
  for (const path of actual.keys())
    if (!expected.has(path)) throw new Error(`${path} was received but never sent.`);
  return [...expected.values()].filter((digest) => digest !== 'directory').length;
}
