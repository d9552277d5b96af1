import type { AlcPacket } from '../../../codecs/alc/index.js';
import type { PayloadId } from '../../../codecs/fec/index.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import type { Flow } from '../ports/flow.js';

/** What a datagram is to the store that an earlier run left it in. */
export type StoredAs =
  /** It announced the object that it is stored with. */
  | { readonly as: 'table'; readonly object: string }
  /** It waits for a table, since this day of the Unix time. */
  | { readonly as: 'waiting'; readonly day: number }
  /** It is one of an object's, read by this reference. */
  | { readonly as: 'symbols'; readonly reference: number };

/** A datagram as it comes in. */
export interface IncomingDatagram {
  /** UDP payload; unchanged until it was taken in. */
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  /** Undefined for one that comes from the channel. */
  readonly stored?: StoredAs | undefined;
}

/** A datagram on its way through the receiver, with all that its header tells. */
export interface ReceivedDatagram extends IncomingDatagram {
  readonly packet: AlcPacket;
  /** Of the first symbol in the payload, which is not empty. */
  readonly payloadId: PayloadId;
  readonly toi: number;
  /** It has an EXT_AUTH of ours, which nobody has checked yet. */
  readonly signed: boolean;
  /** Names its session: see `createSessionKeys`. */
  readonly session: string;
}

/** Takes a datagram in. */
export type Receive = (datagram: IncomingDatagram) => MaybePromise<void>;
