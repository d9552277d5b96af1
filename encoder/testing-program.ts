import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { createProgram, loadCommands } from './program.js';

export interface ProgramRun {
  /** Unix time in milliseconds. */
  readonly now?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What is piped to it. */
  readonly input?: string;
  readonly interrupted?: AbortSignal;
}

/** Runs a command in this process, at a time of its own, without a terminal. */
export async function runProgram(
  argv: readonly string[],
  {
    now = Date.UTC(2026, 5, 1),
    env = {},
    input = '',
    interrupted = new AbortController().signal,
  }: ProgramRun = {},
) {
  let stdout = '';
  let stderr = '';
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const passwords = { env, terminal: undefined };
  const words = { input: Readable.from([input]), isTerminal: false };
  const surroundings = { io, crypto: nodeCrypto, passwords, words, now: () => now, interrupted };
  const code = await runCli(createProgram(surroundings, await loadCommands(argv)), argv, io);
  expect(stderr).not.toMatch(/\n {4}at |Unexpected error/);
  return { code, stdout, stderr };
}
