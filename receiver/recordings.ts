import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { createPcapReader, type PcapCounters, PcapError, type UdpDatagram } from '../codecs/pcap/index.js';
import { ReceiveError } from './error.js';

/** What a recording held. */
export interface RecordingReport {
  readonly path: string;
  readonly counters: Readonly<PcapCounters>;
  /** Why the rest of it was not read. */
  readonly problem: string | undefined;
}

const CHUNK_BYTES = 1 << 20;

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
 * Reads a recording. One that is damaged in its middle counts as far as it goes.
 *
 * @param take gets some datagrams at a time; the next are read when it is done
 * @throws ReceiveError when the file is no recording at all
 */
export async function readRecording(
  path: string,
  take: (datagrams: UdpDatagram[], bytesRead: number) => Promise<void>,
): Promise<RecordingReport> {
  const reader = createPcapReader();
  let problem: string | undefined;
  try {
    for await (const chunk of createReadStream(path, {
      highWaterMark: CHUNK_BYTES,
    }) as AsyncIterable<Buffer>) {
      await take(reader.push(chunk), chunk.length);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
    if (reader.counters.records === 0) throw new ReceiveError(`${path}: ${error.message}`);
    problem = error.message;
  }
  return { path, counters: reader.counters, problem };
}
