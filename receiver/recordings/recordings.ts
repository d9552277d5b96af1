import { type RecordingInput, UnreadableError } from '../../codecs/node/recording-input.js';
import { PcapError, type UdpDatagram } from '../../codecs/pcap/index.js';
import { createRecordingReader, type RecordingCounters } from '../../codecs/recording/index.js';

/** What a recording held. */
export interface RecordingReport {
  readonly path: string;
  readonly counters: Readonly<RecordingCounters>;
  /** Why the rest of it was not read, a sentence. */
  readonly problem: string | undefined;
  /** Nothing of it could be read. */
  readonly isLeftOut: boolean;
}

/**
 * Reads a recording. One that is damaged in its middle counts as far as it goes; one that cannot be read, or is none, costs
 * itself only.
 *
 * @param take gets some datagrams at a time; the next are read when it is done
 * @param onRead told of bytes that were read
 */
export async function readRecording(
  input: RecordingInput,
  take: (datagrams: UdpDatagram[]) => Promise<void>,
  onRead?: (bytes: number) => void,
): Promise<RecordingReport> {
  const reader = createRecordingReader();
  const { path } = input;
  let problem: string | undefined;
  try {
    for await (const chunk of input.read(onRead)) await take(reader.push(chunk));
    await take(reader.end());
  } catch (error) {
    if (error instanceof UnreadableError) problem = error.message;
    else if (error instanceof PcapError) problem = `${path}: ${error.message}`;
    else throw error;
  }
  const { counters } = reader;
  return { path, counters, problem, isLeftOut: problem !== undefined && counters.records === 0 };
}
