import { describeError, EXIT } from './command.js';

/** What a write says when whoever read it has ended, or its terminal was closed. */
const READER_GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

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
