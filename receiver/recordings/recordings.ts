import { access, constants, type FileHandle, open, stat } from 'node:fs/promises';
import { namedError } from '../../codecs/node/open-file.js';
import { PcapError, type UdpDatagram } from '../../codecs/pcap/index.js';
import { createRecordingReader, type RecordingCounters } from '../../codecs/recording/index.js';
import { ReceiveError } from '../error.js';

/** What a recording held. */
export interface RecordingReport {
  readonly path: string;
  readonly counters: Readonly<RecordingCounters>;
  /** Why the rest of it was not read. */
  readonly problem: string | undefined;
}

/** Read at a time. */
const CHUNK_BYTES = 1 << 18;

/**
 * The size of all recordings together, bytes.
 *
 * @throws ReceiveError or an error of the operating system when one of them cannot be read
 */
export async function totalSize(paths: readonly string[]): Promise<number> {
  let total = 0;
  for (const path of paths) {
    const entry = await stat(path);
    if (entry.isDirectory()) throw new ReceiveError(`${path} is a directory; a recording is needed.`);
    await access(path, constants.R_OK);
    total += entry.size;
  }
  return total;
}

/**
 * Reads a recording, pcap or transport stream. One that is damaged in its middle counts as far as it goes.
 *
 * @param take gets some datagrams at a time; the next are read when it is done
 * @throws ReceiveError when the file is no recording at all
 */
export async function readRecording(
  path: string,
  take: (datagrams: UdpDatagram[], bytesRead: number) => Promise<void>,
): Promise<RecordingReport> {
  const reader = createRecordingReader();
  const file = await open(path);
  let problem: string | undefined;
  try {
    for await (const chunk of readChunks(file, path)) await take(reader.push(chunk), chunk.length);
    await take(reader.end(), 0);
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
    if (reader.counters.records === 0) throw new ReceiveError(`${path}: ${error.message}`);
    problem = error.message;
  } finally {
    await file.close();
  }
  return { path, counters: reader.counters, problem };
}

/** The bytes of a file. While one piece is used the next is read; its memory is used again after the next. */
async function* readChunks(file: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  let used = new Uint8Array(CHUNK_BYTES);
  let read = new Uint8Array(CHUNK_BYTES);
  const begin = () => file.read(read, 0, CHUNK_BYTES).catch(namedError(path));
  let reading = begin();
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      [used, read] = [read, used];
      reading = begin();
      yield used.subarray(0, bytesRead);
    }
  } finally {
    // the file is closed next
    await reading.catch(() => {});
  }
}
