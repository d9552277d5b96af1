/** What recorders keep of a transport stream with one service: rules read in their sources, as filters of PIDs. */

const PACKET = 188;

/** A stream of the service, as its program map table has it. */
interface Component {
  readonly pid: number;
  readonly type: number;
  /** Tags of its descriptors. */
  readonly tags: ReadonlySet<number>;
}

interface Service {
  /** service_type of the SDT. */
  readonly serviceType: number;
  readonly pmtPid: number;
  readonly pcrPid: number;
  readonly components: readonly Component[];
}

export interface Recorder {
  readonly name: string;
  /** Whether it has the service as a channel that can be recorded. */
  isChannel(serviceType: number): boolean;
  keeps(component: Component): boolean;
}

const VIDEO = new Set([0x01, 0x02, 0x1b, 0x24]);
const AUDIO = new Set([0x03, 0x04, 0x0f, 0x11]);
const PRIVATE = 0x06;
const Tag = { teletext: 0x56, subtitling: 0x59, ac3: 0x6a, enhancedAc3: 0x7a } as const;

const isPicture = ({ type }: Component) => VIDEO.has(type);
const isSound = ({ type, tags }: Component) =>
  AUDIO.has(type) || (type === PRIVATE && (tags.has(Tag.ac3) || tags.has(Tag.enhancedAc3)));
const isSubtitles = ({ type, tags }: Component) => type === PRIVATE && tags.has(Tag.subtitling);
const isTeletext = ({ type, tags }: Component) => type === PRIVATE && tags.has(Tag.teletext);

/** Service types that VDR makes channels of. */
const VDR_CHANNELS = new Set([0x01, 0x02, 0x04, 0x05, 0x0a, 0x16, 0x19, 0x1f, 0x20]);

export const RECORDERS: readonly Recorder[] = [
  {
    name: 'VDR',
    isChannel: (type) => VDR_CHANNELS.has(type),
    keeps: (component) => isPicture(component) || isSound(component) || isSubtitles(component),
  },
  {
    name: 'enigma2',
    isChannel: () => true,
    keeps: (component) =>
      isPicture(component) || isSound(component) || isSubtitles(component) || isTeletext(component),
  },
  {
    name: 'tvheadend',
    isChannel: () => true,
    keeps: (component) =>
      isPicture(component) || isSound(component) || isSubtitles(component) || isTeletext(component),
  },
  {
    name: 'picture and sound alone',
    isChannel: () => true,
    keeps: (component) => isPicture(component) || isSound(component),
  },
];

/** The packets that a recorder writes; none where it has no channel for the service. */
export function record(stream: Uint8Array, recorder: Recorder): Uint8Array {
  const { serviceType, pmtPid, pcrPid, components } = readService(stream);
  const pids = new Set<number>();
  if (recorder.isChannel(serviceType)) {
    for (const pid of [0, pmtPid, pcrPid]) pids.add(pid);
    for (const component of components) if (recorder.keeps(component)) pids.add(component.pid);
  }
  return Buffer.concat(packetsOf(stream).filter((packet) => pids.has(pidOf(packet))));
}

export function packetsOf(stream: Uint8Array): Uint8Array[] {
  return Array.from({ length: stream.length / PACKET }, (_, i) =>
    stream.subarray(i * PACKET, (i + 1) * PACKET),
  );
}

export function pidOf(packet: Uint8Array): number {
  return uint16(packet, 1) & 0x1fff;
}

/** Reads PAT, PMT and SDT of one service, each a section that fits one packet. */
function readService(stream: Uint8Array): Service {
  const sectionOf = (pid: number) => {
    const packet = packetsOf(stream).find((each) => pidOf(each) === pid && (each[1]! & 0x40) !== 0);
    if (packet === undefined) throw new Error(`The stream has no table on PID ${pid}.`);
    const section = packet.subarray(5 + packet[4]!);
    return section.subarray(0, 3 + (uint16(section, 1) & 0xfff) - 4);
  };
  const pmtPid = uint16(sectionOf(0), 10) & 0x1fff;
  const pmt = sectionOf(pmtPid);
  const components: Component[] = [];
  for (let at = 12 + (uint16(pmt, 10) & 0xfff); at < pmt.length; ) {
    const end = at + 5 + (uint16(pmt, at + 3) & 0xfff);
    const tags = new Set<number>();
    for (let tag = at + 5; tag < end; tag += 2 + pmt[tag + 1]!) tags.add(pmt[tag]!);
    components.push({ pid: uint16(pmt, at + 1) & 0x1fff, type: pmt[at]!, tags });
    at = end;
  }
  // service_descriptor is the first one of the service
  return { serviceType: sectionOf(0x11)[18]!, pmtPid, pcrPid: uint16(pmt, 8) & 0x1fff, components };
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
