import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { type OpenFile, writeAt } from '../../codecs/node/open-file.js';
import { STANDARD_STREAM, writeTo } from '../../codecs/node/standard-stream.js';
import { withTemporaryFile } from '../../codecs/node/temporary-file.js';
import { createPcapFlow, LinkType, pcapHeader, type WrittenLinkType } from '../../codecs/pcap/index.js';
import { type Destination, flowTo } from '../session/destination.js';
import { objectHeader } from '../session/object-header.js';
import type { UplinkKey } from '../session/sign.js';
import { atMost, inOrder, type PoolOptions, withPool } from '../threads/pool.js';
import type { StreamOptions } from '../transport-stream/service.js';
import { RECORD } from './jobs.js';
import type { Pace } from './pace.js';
import type { RecordSetup } from './record-job.js';
import { JOB_DATAGRAMS, numberLanes, recordJobs } from './record-jobs.js';
import { writeDataService } from './stream/data-service.js';
import type { OnPacketized } from './stream/recorded-packets.js';
import { writeTelevision } from './stream/television.js';
import type { Transmission } from './transmission.js';

/** What a recording came to. */
export interface Recording {
  readonly datagrams: number;
  /** Bytes of IP packets. */
  readonly packetBytes: number;
  /** Bytes of the file. */
  readonly fileBytes: number;
}

export interface RecordingOptions extends PoolOptions {
  readonly destination: Destination;
  /** Ethernet address that frames go to. */
  readonly mac?: string | undefined;
  readonly key: UplinkKey;
  readonly pace: Pace;
  /** The files that the lanes are in. */
  readonly files: RecordSetup['files'];
  onRecorded(datagrams: number): void;
  readonly onPacketized: OnPacketized;
}

/**
 * Signs and records the datagrams of a transmission, with the times at which they would be sent, in a pcap file or in a
 * transport stream, which is made from one. The file appears under its name when it is complete.
 *
 * @param path `-` for standard output
 * @param stream gives a transport stream
 * @throws TransportStreamError when its rate is too low
 */
export function writeRecording(
  path: string,
  transmission: Transmission,
  options: RecordingOptions,
  stream?: StreamOptions,
): Promise<Recording> {
  if (stream === undefined) {
    // tcpreplay sends records as they are: they have to be frames
    return writeTo(path, (file) => record(file, LinkType.ethernet, transmission, options));
  }
  return withTemporaryFile(directoryOf(path), async (temporary) => {
    const recording = await record(temporary, LinkType.raw, transmission, options);
    const fileBytes = await writeTo(path, (file) =>
      stream.service === 'television'
        ? writeTelevision(temporary, recording, file, stream, options.onPacketized)
        : writeDataService(temporary, recording, file, stream, options.onPacketized),
    );
    return { ...recording, fileBytes };
  });
}

/** Where temporary files stand while a recording is made. */
export function directoryOf(path: string): string {
  return path === STANDARD_STREAM ? tmpdir() : dirname(path);
}

/** Writes a pcap file into an empty one. */
async function record(
  recording: OpenFile,
  linkType: WrittenLinkType,
  transmission: Transmission,
  { destination, mac, key, pace, files, onRecorded, threads, interrupted }: RecordingOptions,
): Promise<Recording> {
  const { session, objects, lanes, objectDatagrams, tableTurns } = transmission;
  const recordOverhead = createPcapFlow(flowTo(destination), linkType).recordLength(0);
  const total = objectDatagrams + tableTurns.length;
  const fileHeader = pcapHeader(linkType);
  writeAt(recording, fileHeader, 0);
  const setup: RecordSetup = {
    encodingId: objects[0]!.coding.scheme.encodingId,
    objects: objects.map(({ toi, objectId, coding }) => ({
      header: objectHeader(session, toi, coding.scheme.encodingId),
      objectId,
    })),
    lanes: numberLanes(lanes).all,
    key,
    destination,
    mac,
    packetOverhead: session.packetOverhead,
    files,
    recording,
    linkType,
    start: pace.startMilliseconds,
    rate: pace.rate,
  };
  const pooled = atMost({ threads, interrupted }, Math.ceil(total / JOB_DATAGRAMS));
  return withPool(RECORD, setup, pooled, async (pool) => {
    let datagrams = 0;
    let fileBytes = fileHeader.length;
    function* jobs() {
      for (const job of recordJobs(transmission, pace, recordOverhead, fileHeader.length)) {
        fileBytes += job.length;
        yield job;
      }
    }
    for await (const _ of inOrder(pool, jobs())) {
      datagrams = Math.min(datagrams + JOB_DATAGRAMS, total);
      onRecorded(datagrams);
    }
    const packetBytes = fileBytes - fileHeader.length - total * (recordOverhead - session.packetOverhead);
    return { datagrams, packetBytes, fileBytes };
  });
}
