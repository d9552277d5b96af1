import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { CliError, type CliIo, UsageError } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { type OpenFile, writeLater } from '../../codecs/node/open-file.js';
import { type RecordingInput, UnreadableError } from '../../codecs/node/recordings/recording-input.js';
import { STANDARD_STREAM, writeTo } from '../../codecs/node/standard-stream.js';
import {
  createPcapReader,
  PcapError,
  pcapHeader,
  pcapRecord,
  readPcap,
  type UdpDatagram,
} from '../../codecs/pcap/index.js';
import { type CountBar, openCountBar } from '../progress.js';
import { ChannelError } from './index.js';
import { oneRecording } from './one-recording.js';
import { type ChannelParameters, type ChannelTally, simulatedChannel } from './simulated-channel.js';

export interface RecordingReport {
  input: string;
  output: string;
  /** Datagrams in the input. */
  datagrams: number;
  /** Records of the input that hold no sound UDP datagram. */
  skipped: number;
  /** Datagrams in the output, forgeries and duplicates included. */
  delivered: number;
  tally: ChannelTally;
}

/** Bytes of records to gather before they are written. */
const BATCH = 1 << 18;

/**
 * Passes a recording through a channel, streaming. The output appears under its name when it is complete.
 *
 * @throws UsageError when input and output are one file, or the parameters contradict each other
 * @throws CliError when the recording is damaged or holds no datagram
 */
export async function passRecording(
  input: string,
  output: string,
  parameters: ChannelParameters,
  io: CliIo,
): Promise<RecordingReport> {
  const recording = await oneRecording(input);
  if (output !== STANDARD_STREAM) await requireTarget(recording, output);
  const { channel, tally } = await buildChannel(parameters);
  const report: RecordingReport = { input, output, datagrams: 0, skipped: 0, delivered: 0, tally };
  const progress = openCountBar(recording.size, 'bytes', io);
  try {
    await writeTo(output, async (file) => {
      await writeRecords(file, channel(readRecording(recording, progress, report)), report);
      if (report.datagrams === 0) throw new CliError(`${recording.path} holds no UDP datagram.`);
    });
  } catch (error) {
    if (error instanceof PcapError) throw new CliError(`${recording.path}: ${error.message}`);
    if (error instanceof UnreadableError) throw new CliError(error.message);
    throw error;
  } finally {
    progress.end();
  }
  return report;
}

/** The channel; parameters that contradict each other are a wrong command line. */
async function buildChannel(parameters: ChannelParameters) {
  const schemes = await loadFecSchemes();
  try {
    return simulatedChannel<UdpDatagram>(parameters, nodeCrypto, schemes);
  } catch (error) {
    if (error instanceof ChannelError) throw new UsageError(error.message);
    throw error;
  }
}

/** @throws UsageError when it is the recording itself; CliError when nothing can be written there */
async function requireTarget({ path, isPipe }: RecordingInput, output: string): Promise<void> {
  const isSame = !isPipe && (await realpath(path)) === (await realpath(output).catch(() => undefined));
  if (isSame) throw new UsageError(`${path} is both input and output; give another name for the output.`);
  if (!(await stat(dirname(output))).isDirectory()) {
    throw new CliError(`${dirname(output)} is not a directory; ${output} cannot be written there.`);
  }
}

async function* readRecording(
  recording: RecordingInput,
  progress: CountBar,
  report: RecordingReport,
): AsyncGenerator<UdpDatagram> {
  const reader = createPcapReader();
  const chunks = recording.read((bytes) => progress.advance(bytes));
  // datagrams out of order outlive the memory of what was read
  for await (const each of readPcap(chunks, reader)) yield { ...each, payload: each.payload.slice() };
  const { records, datagrams, cutOff } = reader.counters;
  report.datagrams = datagrams;
  report.skipped = records - datagrams + cutOff;
}

/** Writes a recording of the datagrams and counts them. */
export async function writeRecords(
  file: OpenFile,
  datagrams: AsyncIterable<UdpDatagram>,
  report: Pick<RecordingReport, 'delivered'>,
): Promise<void> {
  let batch: Uint8Array[] = [pcapHeader()];
  let bytes = 0;
  let position = 0;
  const flush = async () => {
    const records = Buffer.concat(batch);
    await writeLater(file, records, position);
    position += records.length;
    batch = [];
    bytes = 0;
  };
  for await (const datagram of datagrams) {
    report.delivered++;
    const record = pcapRecord(datagram);
    batch.push(record);
    bytes += record.length;
    if (bytes >= BATCH) await flush();
  }
  await flush();
}
