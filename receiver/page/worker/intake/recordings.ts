import { fingerprint } from '../../../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../../../codecs/net/index.js';
import { PcapError, type UdpDatagram } from '../../../../codecs/pcap/index.js';
import { createRecordingReader, decompressed } from '../../../../codecs/recording/index.js';
import type { Receiver } from '../../../engine/interface.js';
import { bytesOf } from '../../keep/blob.js';
import { MAX_NOTICES, type Notices } from '../notices.js';
import type { EngineState, GivenFile } from '../protocol.js';
import type { Reception } from '../reception.js';
import { shownName } from './given.js';
import { gunzip } from './gunzip.js';

interface Options {
  readonly notices: Notices;
  onProgress(progress: EngineState['reading']): void;
}

/** What a recording came to. */
interface Reading {
  /** Seconds from its first datagram to its last. */
  readonly seconds: number;
  /** Packets whose checksum is wrong: no receiver is given them. */
  readonly damagedPackets: number;
  readonly problem: 'damaged' | 'unreadable' | 'no-recording' | undefined;
}

/**
 * Reads recordings, and once more where forgeries may have kept something genuine out.
 *
 * @returns symbols that were of use in a second of them; undefined: they have no times, or nothing was of use
 */
export async function readRecordings(
  files: readonly GivenFile[],
  reception: Reception,
  { notices, onProgress }: Options,
): Promise<number | undefined> {
  const of = files.reduce((sum, { content }) => sum + content.size, 0);
  const { receiver } = reception;
  const before = { ...receiver.counters };
  const origins = new Map<string, Origin>();
  let damagedPackets = 0;

  async function readAll(): Promise<number> {
    let done = 0;
    let seconds = 0;
    damagedPackets = 0;
    for (const file of files) {
      const name = shownName(file);
      onProgress({ name, done, of });
      const origin = origins.get(name) ?? { isOurs: false, strangers: new Set() };
      origins.set(name, origin);
      const endWatch = watch(receiver, origin);
      const reading = await readRecording(file.content, async (datagrams, bytes) => {
        push(reception, datagrams);
        await receiver.taken();
        await reception.caughtUp();
        done += bytes;
        onProgress({ name, done, of });
      });
      await receiver.idle();
      endWatch();
      seconds += reading.seconds;
      damagedPackets += reading.damagedPackets;
      if (reading.problem !== undefined) notices.add({ kind: reading.problem, name });
    }
    await reception.settled();
    return seconds;
  }

  if (files.length === 0) return undefined;
  const seconds = await readAll();
  const { counters } = receiver;
  const forged = counters.forged - before.forged;
  const isIncomplete = receiver.objects().some(({ object, state }) => state === 'receiving' && object.sha256);
  // what was signed for an object that was not known yet counts as forged
  if (isIncomplete && forged > 0) await readAll();
  tellStrangers(origins, notices);
  const isSilent = ![...origins.values()].some(({ isOurs }) => isOurs);
  if (isSilent && forged === 0 && notices.all().length === 0) notices.add({ kind: 'no-session' });
  const thrownAway = forged + damagedPackets;
  if (thrownAway > 0) notices.add({ kind: 'forged', count: thrownAway });
  const symbols = counters.kept - before.kept;
  const isOlder = counters['old-edition'] > before['old-edition'];
  const isHeard = symbols > 0 || reception.shelf.size === 0;
  if (isHeard && !isOlder && lacksIndex(receiver)) notices.add({ kind: 'no-index' });
  return seconds > 0 && symbols > 0 ? symbols / seconds : undefined;
}

/** There is something of an edition that no index lists. */
function lacksIndex(receiver: Receiver): boolean {
  return receiver.objects().some(({ state, part }) => state === 'receiving' && part === undefined);
}

/** Whose a recording is. */
interface Origin {
  /** It has something that a publisher signed whom the page knows. */
  isOurs: boolean;
  /** Public keys that its other sessions name. */
  readonly strangers: Set<string>;
}

/** @returns a function that ends it */
function watch({ on, counters }: Receiver, origin: Origin): () => void {
  const genuine = () =>
    counters.kept + counters.duplicates + counters.surplus + counters['old-edition'] + counters['bad-index'];
  const before = genuine();
  const endListening = [
    // what came before the statement is not of a stranger
    on('succession', ({ key }) => void origin.strangers.delete(key)),
    on('session', () => {
      origin.isOurs = true;
    }),
    on('rejected', ({ reason, publisher }) => {
      if (reason === 'untrusted-publisher' && origin.strangers.size < MAX_NOTICES)
        origin.strangers.add(publisher!);
    }),
  ];
  return () => {
    for (const end of endListening) end();
    origin.isOurs ||= genuine() > before;
  };
}

function tellStrangers(origins: ReadonlyMap<string, Origin>, notices: Notices): void {
  for (const [name, { isOurs, strangers }] of origins) {
    const kind = isOurs ? 'stranger-part' : 'stranger';
    for (const publisher of strangers) notices.add({ kind, name, fingerprint: fingerprint(publisher) });
  }
}

function push({ receiver }: Reception, datagrams: readonly UdpDatagram[]): void {
  for (const { payload, source, destination: address, destinationPort: port } of datagrams) {
    receiver.push(payload, { source, destination: formatSocketAddress({ address, port }) });
  }
}

/** One that is damaged or cannot be read to its end counts as far as it goes. */
async function readRecording(
  content: Blob,
  take: (datagrams: UdpDatagram[], bytes: number) => Promise<void>,
): Promise<Reading> {
  const reader = createRecordingReader();
  const span = createSpan();
  let bytes = 0;
  async function* counted() {
    for await (const piece of bytesOf(content)) {
      bytes += piece.length;
      yield piece;
    }
  }
  const pass = async (datagrams: UdpDatagram[]) => {
    span.add(datagrams);
    await take(datagrams, bytes);
    bytes = 0;
  };
  let problem: Reading['problem'];
  try {
    for await (const chunk of decompressed(counted(), gunzip)) await pass(reader.push(chunk));
    await pass(reader.end());
    if (reader.counters.cutOff > 0) problem = 'damaged';
  } catch (error) {
    if (error instanceof PcapError) problem = reader.counters.records > 0 ? 'damaged' : 'no-recording';
    else if (error instanceof DOMException) problem = 'unreadable';
    else throw error;
  }
  return { seconds: span.seconds, damagedPackets: reader.counters.badChecksums, problem };
}

/** The time from the first datagram to the last. */
function createSpan() {
  let first: bigint | undefined;
  let last = 0n;
  return {
    add(datagrams: readonly UdpDatagram[]): void {
      if (datagrams.length === 0) return;
      first ??= datagrams[0]!.timestampNs;
      last = datagrams.at(-1)!.timestampNs;
    },
    get seconds() {
      return Math.max(0, Number(last - (first ?? last)) / 1e9);
    },
  };
}
