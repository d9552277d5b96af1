import { closeSync, constants, fstatSync, openSync, read, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { describeError } from '../../../codecs/node/command.js';
import { STANDARD_STREAM } from '../../../codecs/node/standard-stream.js';
import { ReceiveError } from '../../error.js';

/** Bytes read at a time. */
const CHUNK_BYTES = 1 << 18;
/** Milliseconds between two looks at a device that had nothing: the buffer of a tuner holds some hundred. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 16;
const STANDARD_INPUT_FD = 0;

const readFrom = promisify(read);

/**
 * Opens a device such as `/dev/dvb/adapter0/dvr0`, a named pipe, a file, or standard input (`-`). Nothing waits in the operating
 * system: a pipe may have no writer yet, and reading ends at once when it is told to stop.
 *
 * @param onOverflow told when the driver of a device dropped what was not read in time
 * @throws ReceiveError when it cannot be opened, and on iteration when it cannot be read
 */
export function openByteStream(
  path: string,
  stop: AbortSignal,
  onOverflow: () => void,
): AsyncIterable<Uint8Array> {
  const fd = told(() => openToPoll(path));
  const kind = fstatSync(fd);
  if (kind.isDirectory()) {
    closeSync(fd);
    throw new ReceiveError(
      `${path} is a directory: "listen" takes a device, a pipe or a file. Recordings in a directory are read without "listen".`,
    );
  }
  if (isPipe(kind)) return readPipe(fd, stop);
  const look = async (into: Uint8Array) => (await readFrom(fd, into, 0, into.length, null)).bytesRead;
  return readDevice(look, stop, onOverflow, () => closeSync(fd));
}

/** Opened like this, neither a pipe without a writer nor a device that has nothing yet keeps anybody waiting. */
function openToPoll(path: string): number {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  if (path !== STANDARD_STREAM) return openSync(path, flags);
  if (isatty(STANDARD_INPUT_FD)) {
    throw new ReceiveError(
      'Standard input is a terminal: give it a stream, as in "datacast-receive listen - < PIPE".',
    );
  }
  // standard input is shared with other processes, which expect to wait
  return fstatSync(STANDARD_INPUT_FD).isCharacterDevice() ? openSync('/dev/stdin', flags) : STANDARD_INPUT_FD;
}

function isPipe(kind: Stats): boolean {
  return kind.isFIFO() || kind.isSocket();
}

async function* readPipe(fd: number, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const pipe = new Socket({ fd, readable: true, writable: false });
  const end = () => void pipe.destroy();
  stop.addEventListener('abort', end);
  try {
    for await (const chunk of pipe) yield chunk;
  } catch (error) {
    if (!stop.aborted) throw toldError(error);
  } finally {
    stop.removeEventListener('abort', end);
    end();
  }
}

/**
 * Reads what may have nothing yet (`EAGAIN`), until it ends.
 *
 * @param look reads into the bytes what there is; @returns how many bytes, 0 at the end
 */
export async function* readDevice(
  look: (into: Uint8Array) => Promise<number>,
  stop: AbortSignal,
  onOverflow: () => void,
  close: () => void,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  let wait = FIRST_WAIT;
  try {
    while (!stop.aborted) {
      const bytes = await look(buffer).catch(nothingYet);
      if (bytes === 0) return;
      if (bytes === undefined) {
        await setTimeout(wait);
        wait = Math.min(2 * wait, LONGEST_WAIT);
      } else {
        wait = FIRST_WAIT;
        yield buffer.slice(0, bytes);
      }
    }
  } finally {
    close();
  }

  function nothingYet(error: NodeJS.ErrnoException): undefined {
    if (error.code === 'EOVERFLOW') onOverflow();
    else if (error.code !== 'EAGAIN') throw toldError(error);
  }
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toldError(error);
  }
}

/** What the operating system says, in a sentence. */
function toldError(error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? new ReceiveError(describeError(error)) : error;
}
