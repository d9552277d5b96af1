import { createReadStream, createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliError, type CliIo, UsageError } from '../codecs/cli.js';
import { nodeCrypto } from '../codecs/crypto/node.js';
import {
  createPcapReader,
  PcapError,
  pcapHeader,
  pcapRecord,
  readPcap,
  type UdpDatagram,
} from '../codecs/pcap/index.js';
import { ChannelError } from '../fixtures/channel/index.js';
import { openProgress, type Progress } from './progress.js';
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
  const { size } = await stat(input);
  if ((await realpath(input)) === (await realpath(output).catch(() => undefined))) {
    throw new UsageError(`${input} is both input and output; give another name for the output.`);
  }
  const { channel, tally } = buildChannel(parameters);
  const report: RecordingReport = { input, output, datagrams: 0, skipped: 0, delivered: 0, tally };
  const progress = openProgress(size, io);
  const partial = `${output}.partial`;
  try {
    const records = encodeRecords(channel(readRecording(input, progress, report)), report);
    await pipeline(Readable.from(records), createWriteStream(partial));
    if (report.datagrams === 0) throw new CliError(`${input} holds no UDP datagram.`);
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof PcapError) throw new CliError(`${input}: ${error.message}`);
    throw error;
  } finally {
    progress.end();
  }
  return report;
}

/** The channel; parameters that contradict each other are a wrong command line. */
function buildChannel(parameters: ChannelParameters) {
  try {
    return simulatedChannel<UdpDatagram>(parameters, nodeCrypto);
  } catch (error) {
    if (error instanceof ChannelError) throw new UsageError(error.message);
    throw error;
  }
}

async function* readRecording(
  path: string,
  progress: Progress,
  report: RecordingReport,
): AsyncGenerator<UdpDatagram> {
  const reader = createPcapReader();
  yield* readPcap(progress.follow(createReadStream(path, { highWaterMark: 1 << 20 })), reader);
  const { records, datagrams, cutOff } = reader.counters;
  report.datagrams = datagrams;
  report.skipped = records - datagrams + cutOff;
}

async function* encodeRecords(
  datagrams: AsyncIterable<UdpDatagram>,
  report: RecordingReport,
): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = [pcapHeader()];
  let bytes = 0;
  for await (const datagram of datagrams) {
    report.delivered++;
    const record = pcapRecord(datagram);
    batch.push(record);
    bytes += record.length;
    if (bytes < BATCH) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
  }
  yield Buffer.concat(batch);
}
