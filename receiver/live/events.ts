import { formatCount } from '../../codecs/text.js';
import { formatRate, formatTime } from './text.js';

/** A bundle and one of its editions. */
export interface EditionName {
  /** Key id, as minisign shows it. */
  readonly publisher: string;
  readonly bundle: string;
  readonly sequence: number;
}

/** How far an edition has come. */
export interface EditionProgress extends EditionName {
  /** Symbols of use that were received. */
  readonly received: number;
  /** Source symbols: about so many are needed. */
  readonly needed: number;
  /** Bits per second of the object that came in lately. */
  readonly rate: number;
  /** Undefined when nothing comes in. */
  readonly secondsLeft: number | undefined;
}

/** What whoever runs a receiver is told. */
export type ListenEvent =
  | {
      readonly type: 'listening';
      readonly at: string;
      readonly source: string | undefined;
      readonly bufferBytes: number;
    }
  /** Datagrams of an earlier run were taken up again. */
  | { readonly type: 'resumed'; readonly datagrams: number; readonly bytes: number }
  | { readonly type: 'session'; readonly tsi: number | undefined; readonly publisher: string | undefined }
  | ({
      readonly type: 'announced';
      /** Of the transfer object. */
      readonly bytes: number;
      readonly needed: number;
    } & EditionName)
  | ({ readonly type: 'progress' } & EditionProgress)
  /** Complete, and signed by the publisher; it is being written. */
  | ({ readonly type: 'verified' } & EditionName)
  | ({
      readonly type: 'written';
      readonly path: string;
      readonly files: number;
      /** Of the files. */
      readonly bytes: number;
    } & EditionName)
  /** No datagram has come for so many seconds. */
  | { readonly type: 'silent'; readonly seconds: number }
  /** Datagrams come again. */
  | { readonly type: 'heard'; readonly seconds: number }
  /** Datagrams reached this machine and were lost in it since the last event of this type. */
  | { readonly type: 'lost'; readonly kernel: number; readonly program: number }
  /** Something needs attention; listening goes on. */
  | { readonly type: 'problem'; readonly message: string }
  | { readonly type: 'stopped'; readonly datagrams: number; readonly kept: number; readonly written: number };

export type OnListenEvent = (event: ListenEvent) => void;

/** An event as a sentence. */
export function describeListenEvent(event: ListenEvent): string {
  switch (event.type) {
    case 'listening': {
      const only = event.source === undefined ? '' : `, to datagrams of ${event.source} only`;
      return `Listening at ${event.at}${only}.`;
    }
    case 'resumed':
      return `Resumed with ${formatCount(event.datagrams, 'datagram')} of an earlier run, ${formatCount(event.bytes, 'byte')}.`;
    case 'session':
      return `Session ${event.tsi ?? 'without TSI'} of publisher ${event.publisher ?? 'unknown'} is on the air.`;
    case 'announced':
      return `${nameOf(event)} is announced: ${formatCount(event.bytes, 'byte')}, ${formatCount(event.needed, 'symbol')}.`;
    case 'progress':
      return `${nameOf(event)}: ${progressText(event)}.`;
    case 'verified':
      return `${nameOf(event)} is complete and verified.`;
    case 'written':
      return `${nameOf(event)} is written: ${formatCount(event.files, 'file')}, ${formatCount(event.bytes, 'byte')}, in ${event.path}.`;
    case 'silent':
      return `No datagram has come for ${formatCount(event.seconds, 'second')}.`;
    case 'heard':
      return `Datagrams come again, after ${formatCount(event.seconds, 'second')}.`;
    case 'lost':
      return (
        `${formatCount(event.kernel + event.program, 'datagram')} reached this machine and were lost in it: ` +
        (event.kernel > 0
          ? 'its receive buffer was full.'
          : 'they came faster than the program could process them.')
      );
    case 'problem':
      return event.message;
    case 'stopped':
      return `Stopped after ${formatCount(event.datagrams, 'datagram')}, ${formatCount(event.written, 'bundle')} written.`;
  }
}

/** Percent, rate and time left. */
export function progressText({ received, needed, rate, secondsLeft }: EditionProgress): string {
  const percent = `${Math.floor((100 * received) / Math.max(1, needed))} %`;
  if (rate === 0) return percent;
  return secondsLeft === undefined
    ? `${percent}, nothing comes in`
    : `${percent}, ${formatRate(rate)}, ${formatTime(secondsLeft)} left`;
}

function nameOf({ bundle, sequence }: EditionName): string {
  return `${bundle}, edition ${sequence}`;
}
