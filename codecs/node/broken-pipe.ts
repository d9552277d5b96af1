import { formatCount } from '../text.js';
import { describeError, EXIT } from './command.js';

/** What a write says when whoever read it has ended, or its terminal was closed. */
const READER_GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);
/** Bytes of lines that wait at most for a reader who has stopped reading. */
const MAX_WAITING = 2 ** 20;
/** Milliseconds that the end of the program waits for that reader. */
const LAST_WAIT = 2000;

/**
 * Keeps an executable from dying of an output that nobody reads any more, as `| head -1` leaves it: what is written there
 * from then on is lost, and the work goes on to its end. Any other failure of stdout, such as a full disk, is said on stderr
 * and makes the exit code 1.
 *
 * @param onStdoutGone called when the reader of stdout has ended, each time something is written
 */
export function outliveReaders(onStdoutGone: () => void = () => {}): void {
  // there is no other place to say it
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (READER_GONE.has(error.code ?? '')) return onStdoutGone();
    process.stderr.write(`${describeError(Object.assign(error, { path: 'The output' }))}\n`);
    process.once('exit', () => {
      process.exitCode = EXIT.FAILED;
    });
  });
}

/** Ends the process, when its work is done, although a reader of stderr is there and does not read. */
export function leaveUnread(): void {
  // a pipe that waits to be read keeps the process; nothing else does any more
  if (process.stderr.writableLength > 0) setTimeout(() => process.exit(), LAST_WAIT).unref();
}

/** An output that says how many bytes of it wait to be read. */
interface LineOutput {
  readonly writableLength?: number;
  write(text: string): unknown;
}

/**
 * Writes lines for weeks: those that a stopped reader has no room for are left out.
 *
 * @param onLeftOut called with their number when he reads again
 */
export function boundedLines(output: LineOutput, onLeftOut: (lines: number) => void): (line: string) => void {
  let leftOut = 0;
  return (line) => {
    if ((output.writableLength ?? 0) > MAX_WAITING) {
      leftOut++;
      return;
    }
    const lines = leftOut;
    leftOut = 0;
    if (lines > 0) onLeftOut(lines);
    output.write(`${line}\n`);
  };
}

/** A sentence on lines that were left out. */
export function describeLeftOut(lines: number): string {
  return `${formatCount(lines, 'line')} of this log ${lines === 1 ? 'is' : 'are'} missing: nobody read it for a while.`;
}
