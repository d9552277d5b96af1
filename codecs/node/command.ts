import type { Command } from 'commander';
import { printableLines } from '../text.js';

/** Where a command line program writes; `process` is one. */
export interface CliIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Exit codes of the programs. */
export const EXIT = {
  OK: 0,
  /** What was asked for could not be done. */
  FAILED: 1,
  /** The command line asks for something that cannot be. */
  USAGE: 2,
} as const;

/** Something that went wrong and is no fault of the program: its message is a sentence for the user. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** A command line that cannot be carried out, beyond what commander sees; exit code 2. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}

/**
 * Runs a commander program to its end and reports failures as sentences on stderr; a stack trace is shown only
 * with `--debug`, an option this function adds.
 *
 * Expected errors are those of a class of our own (parsers and CLIs say what went wrong) and those of the
 * operating system.
 *
 * @param argv arguments after the program's name
 * @returns the exit code: 0, 1 when the work failed, 2 when the command line is wrong
 */
export async function runCli(program: Command, argv: readonly string[], io: CliIo): Promise<number> {
  prepare(program, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.OK;
  } catch (error) {
    if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    io.stderr.write(`${printableLines(describeError(error))}\n`);
    if (argv.includes('--debug') && error instanceof Error)
      io.stderr.write(`${printableLines(String(error.stack))}\n`);
    return error instanceof UsageError ? EXIT.USAGE : EXIT.FAILED;
  }
}

/** Sends the output of a command and of those below it to `io`, and keeps it from ending the process. */
function prepare(command: Command, io: CliIo): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(printableLines(text)),
      outputError: (text, write) =>
        write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
    })
    .showHelpAfterError('Run it with --help to see what it takes.');
  if (command.commands.length === 0) command.option('--debug', 'show the stack trace of an error');
  for (const below of command.commands) prepare(below, io);
}

/** CommanderError by its shape, so that commander itself is not loaded here. */
function isCommanderError(error: unknown): error is Error & { exitCode: number } {
  return (
    error instanceof Error &&
    'code' in error &&
    'exitCode' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('commander.')
  );
}

const BUILT_IN = new Set<unknown>([
  Error,
  TypeError,
  RangeError,
  ReferenceError,
  SyntaxError,
  EvalError,
  URIError,
  AggregateError,
]);

/** An error as a sentence for the user. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `Unexpected error: ${String(error)}`;
  const fromSystem = describeSystemError(error);
  if (fromSystem !== undefined) return fromSystem;
  if (!BUILT_IN.has(error.constructor)) return error.message;
  return `Unexpected error: ${error.message} (run again with --debug to see where)`;
}

/** What the operating system's error codes mean to somebody who gave a path. */
const SYSTEM_ERRORS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `${path} does not exist.`,
  EACCES: (path) => `${path} cannot be opened: permission denied.`,
  EPERM: (path) => `${path} cannot be changed: the operation is not permitted.`,
  EISDIR: (path) => `${path} is a directory; a file is needed.`,
  ENOTDIR: (path) => `A part of ${path} is not a directory.`,
  EEXIST: (path) => `${path} exists already.`,
  ENOTEMPTY: (path) => `${path} is not empty.`,
  ENOSPC: (path) => `The disk is full: ${path} could not be written. Free some space.`,
  EDQUOT: (path) => `The disk quota is used up: ${path} could not be written.`,
  EROFS: (path) => `${path} is on a file system that can only be read.`,
  EFBIG: (path) => `${path} grew larger than its file system or the limit allows.`,
  EMFILE: () => 'Too many files are open.',
  EIO: (path) => `${path} could not be read or written: the device reports an error.`,
  EPIPE: () => 'The program that reads the output has ended.',
};

/** An error of the operating system, recognised by its `code`; undefined for any other error. */
function describeSystemError(error: Error): string | undefined {
  const { code, path, syscall } = error as Error & { code?: unknown; path?: unknown; syscall?: unknown };
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  const subject = typeof path === 'string' ? path : 'The path given';
  if (code === 'EEXIST' && syscall === 'mkdir')
    return `${subject} exists already: no directory can be made there.`;
  return SYSTEM_ERRORS[code]?.(subject) ?? `${subject}: ${error.message}.`;
}
