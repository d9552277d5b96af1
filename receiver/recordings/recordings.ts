import { type RecordingInput, UnreadableError } from '../../codecs/node/recordings/recording-input.js';
import { PcapError, type UdpDatagram } from '../../codecs/pcap/index.js';
import {
  createRecordingReader,
  type Kinds,
  kindOfPayload,
  type RecordingCounters,
} from '../../codecs/recording/index.js';

/** What a recording held. */
export interface RecordingReport {
  readonly path: string;
  readonly counters: Readonly<RecordingCounters>;
  /** What the first of its datagrams carry, by kind. */
  readonly kinds: Readonly<Kinds>;
  /** Why the rest of it was not read, a sentence. */
  readonly problem: string | undefined;
  /** Nothing of it could be read. */
  readonly isLeftOut: boolean;
}

/** Datagrams of a recording whose kind is looked at. */
const MAX_LOOKED_AT = 10_000;

/**
 * Reads a recording. One that is damaged in its middle counts as far as it goes; one that cannot be read, or is none, costs
 * itself only.
 *
 * @param take gets some datagrams at a time; the next are read when it is done
 * @param onRead told of bytes that were read
 * @param isKnown whether objects with this FEC Encoding ID can be rebuilt
 */
export async function readRecording(
  input: RecordingInput,
  take: (datagrams: UdpDatagram[]) => Promise<void>,
  onRead?: (bytes: number) => void,
  isKnown: (encodingId: number) => boolean = () => true,
): Promise<RecordingReport> {
  const reader = createRecordingReader();
  const { path } = input;
  const kinds: Kinds = {};
  let lookedAt = 0;
  const pass = async (datagrams: UdpDatagram[]) => {
    for (const { payload } of datagrams.slice(0, MAX_LOOKED_AT - lookedAt)) {
      const kind = kindOfPayload(payload, isKnown);
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    lookedAt = Math.min(MAX_LOOKED_AT, lookedAt + datagrams.length);
    await take(datagrams);
  };
  let problem: string | undefined;
  try {
    for await (const chunk of input.read(onRead)) await pass(reader.push(chunk));
    await pass(reader.end());
  } catch (error) {
    if (error instanceof UnreadableError) problem = error.message;
    else if (error instanceof PcapError) problem = `${path}: ${error.message}`;
    else throw error;
  }
  const { counters } = reader;
  return { path, counters, kinds, problem, isLeftOut: problem !== undefined && counters.records === 0 };
}
