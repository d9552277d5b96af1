import { formatSequence, type PartClass } from '../../codecs/edition/index.js';
import { fingerprint } from '../../codecs/minisign/index.js';
import { formatBytes, formatCount } from '../../codecs/text.js';
import { nameOfClass, nameOfPart, type Share } from '../files/bundle-state.js';
import { describeSuccession } from '../state/publisher-text.js';
import { formatRate, formatTime } from './text.js';

/** A bundle and one of its editions. */
export interface EditionName {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  readonly bundle: string;
  readonly sequence: number;
}

/** How far an edition has come. */
export interface EditionProgress extends EditionName {
  /** In words: `the front is there; text 2 of 3 parts; 3 of 14 films`. */
  readonly state: string;
  readonly parts: Share;
  readonly files: Share;
  /** Of the files. */
  readonly bytes: Share;
  /** Of the parts as they are sent, with what has come of those that are not complete. */
  readonly receivedBytes: number;
  readonly neededBytes: number;
  /** Bits per second that came in lately and were of use. */
  readonly rate: number;
  /** Undefined when nothing comes in, or not long enough. */
  readonly secondsLeft: number | undefined;
}

/** What an edition has of a class. */
export interface ClassSize {
  readonly class: PartClass;
  readonly parts: number;
  readonly files: number;
}

/** What whoever runs a receiver is told. */
export type ListenEvent =
  | {
      readonly type: 'listening';
      readonly at: string;
      readonly source: string | undefined;
      /** Name of the network interface that joined the group; undefined where it is not known, and for an address of this machine. */
      readonly joinedBy: string | undefined;
      /** Undefined for bytes of a device or a pipe. */
      readonly bufferBytes: number | undefined;
    }
  /** The interface that joined the group is gone, or is back and has joined again. */
  | { readonly type: 'interface'; readonly name: string; readonly isThere: boolean }
  /** Where Prometheus finds the metrics: a URL or a file. */
  | { readonly type: 'metrics'; readonly at: string }
  /** Datagrams of an earlier run were taken up again. */
  | { readonly type: 'resumed'; readonly datagrams: number; readonly bytes: number }
  | { readonly type: 'session'; readonly tsi: number | undefined; readonly publisher: string | undefined }
  /** Another key of the publisher counts from now on, public key, hexadecimal. */
  | { readonly type: 'succession'; readonly publisher: string; readonly key: string }
  /** The index of a new edition has come: all that there will be. */
  | ({
      readonly type: 'edition';
      readonly parts: number;
      readonly files: number;
      /** Of the files. */
      readonly bytes: number;
      /** Of the parts as they are sent. */
      readonly transferBytes: number;
      readonly classes: readonly ClassSize[];
    } & EditionName)
  /** A part is complete, verified and on the disk. */
  | ({
      readonly type: 'part';
      /** SHA-256 of the part as it is sent. */
      readonly part: string;
      readonly label: string;
      readonly class: PartClass;
      readonly files: number;
      /** Of the files. */
      readonly bytes: number;
      /** Of the bundle, below the output directory. */
      readonly path: string;
      /** It is kept where nobody sees it until the edition is complete. */
      readonly isHidden: boolean;
    } & EditionName)
  | ({ readonly type: 'progress' } & EditionProgress)
  /** Everything of the edition stands there, and nothing else. */
  | ({
      readonly type: 'complete';
      readonly path: string;
      readonly files: number;
      /** Of the files. */
      readonly bytes: number;
    } & EditionName)
  /** No datagram has come for so many seconds. */
  | {
      readonly type: 'silent';
      readonly seconds: number;
      /** Sentences on what is known of it, and what to try. */
      readonly reasons: readonly string[];
    }
  /** Datagrams come again. */
  | { readonly type: 'heard'; readonly seconds: number }
  /** Datagrams reached this machine and were lost in it since the last event of this type. */
  | { readonly type: 'lost'; readonly kernel: number; readonly program: number }
  /** Since the last event of this type a transport stream was not received whole. */
  | {
      readonly type: 'gaps';
      readonly gaps: number;
      /** Packets that the demodulator could not correct. */
      readonly damaged: number;
      /** Times that the driver of a tuner dropped what was not read in time. */
      readonly overflows: number;
    }
  /** The input has ended: nothing more comes. */
  | { readonly type: 'ended'; readonly at: string }
  /** Something needs attention; listening goes on. */
  | { readonly type: 'problem'; readonly message: string }
  | {
      readonly type: 'stopped';
      readonly datagrams: number;
      readonly kept: number;
      /** Parts that were written. */
      readonly parts: number;
      /** Editions that were completed. */
      readonly complete: number;
    };

export type OnListenEvent = (event: ListenEvent) => void;

/** An event as a sentence. */
export function describeListenEvent(event: ListenEvent): string {
  switch (event.type) {
    case 'listening': {
      if (event.bufferBytes === undefined) return `Reading ${event.at}.`;
      const only = event.source === undefined ? '' : `, to datagrams of ${event.source} only`;
      const by = event.joinedBy === undefined ? '' : `, joined by ${event.joinedBy}`;
      return `Listening at ${event.at}${by}${only}.`;
    }
    case 'interface':
      return event.isThere
        ? `The network interface ${event.name} is back, and has joined the group again.`
        : `The network interface ${event.name} is gone: nothing is received. The group is joined again when it is back.`;
    case 'metrics':
      return `Metrics at ${event.at}`;
    case 'resumed':
      return `Resumed with ${formatCount(event.datagrams, 'datagram')} of an earlier run, ${formatBytes(event.bytes)}.`;
    case 'session':
      return `Session ${event.tsi ?? 'without TSI'} of ${nameOfPublisher(event.publisher)} is on the air.`;
    case 'succession':
      return describeSuccession(event);
    case 'edition':
      return `${nameOf(event)} is announced: ${describeClasses(event.classes)}; ${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}.`;
    case 'part': {
      const what = `${nameOfPart(event)} is ${event.isHidden ? 'kept until the edition is complete' : 'written'}`;
      return `${nameOf(event)}: ${what}, ${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}.`;
    }
    case 'progress':
      return `${nameOf(event)}: ${event.state}; ${progressText(event)}.`;
    case 'complete':
      return `${nameOf(event)} is complete: ${formatCount(event.files, 'file')}, ${formatBytes(event.bytes)}, in ${event.path}.`;
    case 'silent':
      return [`No datagram has come for ${formatCount(event.seconds, 'second')}.`, ...event.reasons].join(
        ' ',
      );
    case 'heard':
      return `Datagrams come again, after ${formatCount(event.seconds, 'second')}.`;
    case 'lost':
      return (
        `${formatCount(event.kernel + event.program, 'datagram')} reached this machine and were lost in it: ` +
        (event.kernel > 0
          ? 'its receive buffer was full.'
          : 'they came faster than the program could process them.')
      );
    case 'gaps':
      return `The transport stream was not received whole: ${describeGaps(event)}.`;
    case 'ended':
      return `The end of ${event.at} is reached.`;
    case 'problem':
      return event.message;
    case 'stopped':
      return `Stopped after ${formatCount(event.datagrams, 'datagram')}: ${formatCount(event.parts, 'part')} written, ${formatCount(event.complete, 'edition')} complete.`;
  }
}

function describeGaps({ gaps, damaged, overflows }: ListenEvent & { readonly type: 'gaps' }): string {
  const counts = [
    gaps > 0 ? formatCount(gaps, 'gap') : [],
    damaged > 0 ? `${formatCount(damaged, 'packet')} that the demodulator could not correct` : [],
    overflows > 0
      ? formatCount(overflows, "overflow of the tuner's buffer", "overflows of the tuner's buffer")
      : [],
  ];
  return counts.flat().join(', ');
}

/** What an edition has in it: `the front, the text, 14 films`. */
function describeClasses(classes: readonly ClassSize[]): string {
  if (classes.length === 0) return 'nothing';
  return classes.map(({ class: partClass, files }) => nameOfClass(partClass, files)).join(', ');
}

/** Percent, rate and time left. */
export function progressText({ receivedBytes, neededBytes, rate, secondsLeft }: EditionProgress): string {
  const percent = `${Math.floor((100 * receivedBytes) / Math.max(1, neededBytes))} % received`;
  if (rate < 1) return `${percent}, nothing of it comes in`;
  const at = `${percent}, ${formatRate(rate)}`;
  return secondsLeft === undefined ? at : `${at}, ${formatTime(secondsLeft)} more at this rate`;
}

function nameOf({ bundle, sequence }: EditionName): string {
  return `${bundle}, edition ${formatSequence(sequence)}`;
}

function nameOfPublisher(publisher: string | undefined): string {
  return publisher === undefined ? 'an unknown publisher' : `publisher ${fingerprint(publisher)}`;
}
