import { createReadStream } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { CliError } from '../../codecs/node/command.js';
import { wholeNumber } from '../../codecs/node/options.js';

/** Environment variable with the password of publisher.key, for unattended runs. */
export const PASSWORD_VARIABLE = 'DATACAST_PASSWORD';

/** Where a password can come from. */
export interface PasswordSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined when there is nobody to ask. */
  readonly terminal: Terminal | undefined;
  /** File descriptor that gives it as a line; asked first. */
  readonly descriptor?: number | undefined;
}

export interface Terminal {
  readonly input: Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;
  readonly output: Pick<WriteStream, 'write'>;
}

/** The terminal of this process, if it has one; questions go to stderr. */
export function processTerminal(): Terminal | undefined {
  return process.stdin.isTTY && process.stderr.isTTY
    ? { input: process.stdin, output: process.stderr }
    : undefined;
}

/** @throws CliError when there is neither a descriptor, the variable nor a terminal, or the question was cancelled */
export async function existingPassword(source: PasswordSource, file: string): Promise<string> {
  if (source.descriptor !== undefined) return readLine(source.descriptor);
  return (
    fromVariable(source) ??
    ask(requireTerminal(source, `${file} is protected by a password`), `Password of ${file}: `)
  );
}

/** @throws CliError when there is neither a descriptor, the variable nor a terminal, or the two answers differ */
export async function newPassword(source: PasswordSource, file: string): Promise<string> {
  if (source.descriptor !== undefined) return readLine(source.descriptor);
  const given = fromVariable(source);
  if (given !== undefined) return given;
  const terminal = requireTerminal(source, `A password for ${file} is needed, or --no-password`);
  const password = await ask(terminal, `New password for ${file}: `);
  if (password === '') throw new CliError('The password is empty. Use --no-password for a key without one.');
  if ((await ask(terminal, 'The same again: ')) !== password) {
    throw new CliError('The two passwords differ. Nothing was written.');
  }
  return password;
}

/** Those that a shell gives: `--password-fd 3 3< FILE`. */
export const passwordDescriptor = wholeNumber(0, 1023);
/** Of a password, in bytes: a descriptor may never end. */
const LONGEST_LINE = 4096;

/** @throws CliError when the descriptor gives no line */
async function readLine(descriptor: number): Promise<string> {
  const chunks: Buffer[] = [];
  const end = LONGEST_LINE - 1;
  const stream = createReadStream('', { fd: descriptor, autoClose: false, end, highWaterMark: LONGEST_LINE });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (chunk.includes('\n')) break;
    }
  } catch {
    throw new CliError(
      `--password-fd ${descriptor} is no file descriptor that can be read: open one, like ${descriptor}< FILE.`,
    );
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  if (line === '')
    throw new CliError(`--password-fd ${descriptor} gives no password: its first line is empty.`);
  return line;
}

function fromVariable({ env }: PasswordSource): string | undefined {
  return env[PASSWORD_VARIABLE] || undefined;
}

function requireTerminal({ terminal }: PasswordSource, need: string): Terminal {
  if (terminal !== undefined) return terminal;
  throw new CliError(
    `${need}, and there is no terminal to ask on: set ${PASSWORD_VARIABLE}, or give --password-fd.`,
  );
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\b', '\u007f'];

/** Asks without showing what is typed. */
export function ask({ input, output }: Terminal, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    const typed: string[] = [];
    const end = (settle: () => void) => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      settle();
    };
    const onData = (chunk: Uint8Array) => {
      for (const key of decoder.decode(chunk, { stream: true })) {
        if (key === CTRL_C) return end(() => reject(new CliError('Cancelled.')));
        if (key === '\r' || key === '\n' || key === CTRL_D) return end(() => resolve(typed.join('')));
        if (BACKSPACES.includes(key)) typed.pop();
        else typed.push(key);
      }
    };
    output.write(question);
    input.setRawMode(true);
    input.on('data', onData);
    input.resume();
  });
}
