import type { RootCache } from '../../../codecs/auth/index.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import type { PublicKey } from '../../../codecs/minisign/index.js';
import type { IncomingDatagram, ReceivedDatagram } from '../datagrams/received-datagram.js';
import type { Edition, Emit, IndexArrival, PartId, ReceiverCounters, Rejection } from '../ports/events.js';
import type { ReceiverLimits } from '../ports/limits.js';
import type { CreateSink } from '../ports/sink.js';
import type { DatagramStore } from '../ports/store.js';
import type { Processor } from '../processing/processor.js';
import type { Reception } from './reception.js';

/** What the receptions of one receiver share. */
export interface ReceptionContext {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly store: DatagramStore;
  /** True: what is in the store outlives the receiver, and is needed until a finished object was made use of. */
  readonly outlived: boolean;
  readonly processor: Processor;
  readonly createSink: CreateSink;
  /** True: every datagram is checked as it comes, and nothing else is used. */
  readonly eager: boolean;
  /** True while what comes from the channel is checked as it comes. */
  checksNew(): boolean;
  readonly checkedRoots: RootCache;
  readonly emit: Emit;
  readonly counters: ReceiverCounters;
  reject(rejection: Rejection): void;
  /** Uplink keys that may sign datagrams of this publisher's session. */
  keysOf(publisher: string, tsi: number): readonly Uint8Array[];
  /** Asks for room in the store; false when there is none. */
  claim(bytes: number, by: Reception): MaybePromise<boolean>;
  /** Asks for room for one more block of an object, of which nothing was heard before; false when there is none. */
  claimBlock(by: Reception): MaybePromise<boolean>;
  /** Bytes that are not in the store any more. */
  unclaim(bytes: number): void;
  readonly limits: Pick<ReceiverLimits, 'maxIndexBytes' | 'maxParts'>;
  /** Datagrams that wait for what comes of their check, of all objects. */
  readonly checking: Checking;
  /** True when another reception has the same object by now. */
  isReplaced(reception: Reception): boolean;
  /** Does something in its turn, when the time that a datagram may wait for its check is over. */
  later(task: () => Promise<void>): void;
  /** Tries an object again, in its turn, when there may be room on a disk that was full. */
  advanceLater(reception: Reception): void;
  /** Remembers whom a verified index names as the successor of its key; a sentence when another one was named before. */
  commit(key: PublicKey, nextKey: string | undefined): string | undefined;
  /** Takes in an edition whose index is verified; other objects may begin or end by it. */
  takeEdition(arrival: IndexArrival): Promise<void>;
  /** Notes that a part was handed out. */
  completePart(part: PartId): void;
  /** Newest editions that list a part. */
  editionsOf(part: PartId): readonly Edition[];
  /** Receptions of the same part. */
  ofPart(part: PartId): readonly Reception[];
  /** Keeps a datagram that is signed for no object known by its TOI: a table may tell of another. */
  wait(datagram: WaitingDatagram): MaybePromise<unknown>;
  /** Hands a datagram on that is not signed for one of the objects of its TOI: to another of them, or to those that wait. */
  handOn(datagram: WaitingDatagram, refusedBy: Reception): MaybePromise<void>;
  /** Ends the reception of an object that is not needed. */
  drop(reception: Reception): Promise<void>;
  /** Takes all of an object out of the store. */
  dropStored(object: string): MaybePromise<void>;
}

/** A datagram whose object is not known. */
export type WaitingDatagram = IncomingDatagram & Pick<ReceivedDatagram, 'session' | 'toi'>;

export interface Checking {
  bytes: number;
  /** Objects that they belong to, the one that began first at the front. */
  readonly receptions: Set<Reception>;
}
