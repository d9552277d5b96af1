import { SDT_PID } from '../format.js';
import { tablePacket } from '../packetizer.js';
import { buildPesPacket, StreamId } from '../pes/packet.js';
import { buildTelevisionSdt, SERVICE, ServiceType, type TelevisionServiceType } from '../sdt.js';
import type { SectionPlace } from '../section.js';
import { SUBTITLES_BEGIN, SUBTITLES_END, segmentMessage, seiMessage, userDataMessage } from './messages.js';
import { createPesQueue, PAYLOAD_LENGTH, PCR_FIELD_LENGTH, type PesQueue } from './pes-queue.js';
import { AUDIO_INTERVAL, PICTURE_TIME } from './plan.js';
import { AUDIO_FRAME_TIME, silentFrames } from './silence.js';
import type { Slate } from './slate.js';
import { buildTelevisionPmt, type TelevisionPids } from './tables.js';

/** What is seen and listed of a programme. */
export interface TelevisionProgramme {
  /** Three bars on a dark ground unless given. */
  readonly slate?: Slate;
  /** What tuners show; 1 to 140 bytes of UTF-8. */
  readonly serviceName?: string;
  readonly serviceType?: TelevisionServiceType;
}

/** Programmes of a stream. */
export const MAX_PROGRAMMES = 16;

/** @param programme program_number, 1..16 */
export function televisionPids(programme: number): TelevisionPids {
  const first = programme << 8;
  return { pmt: first, video: first + 1, audio: first + 2, subtitles: first + 3 };
}

/** A programme on its way into transport packets. */
export interface ProgrammeQueues {
  readonly pids: TelevisionPids;
  /** Packets with its tables. */
  readonly pmt: Uint8Array;
  readonly sdt: Uint8Array;
  readonly video: PesQueue;
  readonly audio: PesQueue;
  readonly subtitles: PesQueue;
  /** Bytes of packets that a picture takes for the slate and what belongs to it. */
  ownBytes(picture: number): number;
  /** A datagram as its carrier has it. @param number of the message */
  message(datagram: Uint8Array, number: number): Uint8Array;
  addPicture(picture: number, messages: readonly Uint8Array[]): void;
  addSound(picture: number): void;
  /** A PES packet of subtitles. */
  addSegments(picture: number, segments: readonly Uint8Array[]): void;
}

/** How all programmes of a stream are. */
export interface StreamTiming {
  /** The picture that the slates begin with. */
  readonly slateBegan: number;
  /** Ticks of 90 kHz from the beginning of a picture's packets to its decoding. */
  readonly delay: number;
  readonly hasSubtitles: boolean;
}

const DEFAULT_SERVICE_NAME = 'datacast';
/** From one PES packet of subtitles to the next at least, in ticks of 90 kHz. */
const SUBTITLES_STEP = 90;
const SILENCE = silentFrames((AUDIO_INTERVAL * PICTURE_TIME) / AUDIO_FRAME_TIME);

/**
 * @param place of its section in the service description table, from which its program_number follows
 * @throws TransportStreamError when its name is none
 */
export function createProgrammeQueues(
  {
    slate: { pictures, video: coding },
    serviceName = DEFAULT_SERVICE_NAME,
    serviceType = ServiceType.television,
  }: TelevisionProgramme & { readonly slate: Slate },
  place: SectionPlace,
  { slateBegan, delay, hasSubtitles }: StreamTiming,
): ProgrammeQueues {
  const serviceId = place.number + 1;
  const pids = televisionPids(serviceId);
  const [video, audio, subtitles] = [pids.video, pids.audio, pids.subtitles].map(createPesQueue) as [
    PesQueue,
    PesQueue,
    PesQueue,
  ];
  const slateAt = (picture: number) => pictures[(picture - slateBegan) % pictures.length]!;
  const timeOf = (picture: number) => picture * PICTURE_TIME + delay;
  let subtitleTime = 0;

  return {
    pids,
    pmt: tablePacket(pids.pmt, buildTelevisionPmt(serviceId, pids, hasSubtitles, coding)),
    sdt: tablePacket(SDT_PID, buildTelevisionSdt({ ...SERVICE, serviceId, serviceName }, serviceType, place)),
    video,
    audio,
    subtitles,
    message: hasSubtitles ? segmentMessage : coding === 'mpeg2' ? userDataMessage : seiMessage,
    ownBytes(picture) {
      const { head, slices } = slateAt(picture);
      return head.length + slices.length + 2 * PCR_FIELD_LENGTH + PAYLOAD_LENGTH;
    },
    addPicture(picture, messages) {
      const { head, slices, isKey } = slateAt(picture);
      video.add(buildPesPacket(StreamId.video, timeOf(picture), head, ...messages, slices), isKey);
    },
    addSound(picture) {
      audio.add(buildPesPacket(StreamId.audio, timeOf(picture), SILENCE));
    },
    addSegments(picture, segments) {
      subtitleTime = Math.max(subtitleTime + SUBTITLES_STEP, timeOf(picture));
      subtitles.add(
        buildPesPacket(StreamId.privateStream1, subtitleTime, SUBTITLES_BEGIN, ...segments, SUBTITLES_END),
      );
    },
  };
}
