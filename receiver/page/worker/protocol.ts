/** What the page and the thread of its engine say to each other. */

import type { PartClass } from '../../../codecs/edition/index.js';
import type { NotKept } from '../keep/index.js';

/** A file that was picked or dropped, or that the page carries. */
export interface GivenFile {
  readonly name: string;
  readonly content: Blob;
  /** Of the page that carries it. Names in it are never shown: anybody could have written them. */
  readonly page?: string;
}

/** How far a part of an edition has come. */
export type PartState = 'there' | 'receiving' | 'missing' | 'refused';

export interface PartView {
  /** Names the part. */
  readonly sha256: string;
  readonly label: string;
  readonly class: PartClass;
  /** Bytes of its files. */
  readonly bytes: number;
  readonly files: number;
  readonly state: PartState;
  /** 0 to 1: of what is needed. */
  readonly share: number;
  /** Why it was refused, a sentence in English. */
  readonly why?: string;
}

/** A bundle, and what has arrived of its newest edition. */
export interface BundleView {
  /** Names the bundle in calls. */
  readonly key: string;
  readonly name: string;
  /** Of the publisher's first key that is known, and of the present one. */
  readonly fingerprints: readonly string[];
  /** Sequence number of the newest edition: the time when it was made, Unix seconds. */
  readonly sequence: number;
  /** Of the edition before it, whose files stand where its own are missing. */
  readonly earlier: number | undefined;
  readonly parts: readonly PartView[];
  /** Path of the page to open first; undefined: it is not there. */
  readonly front: string | undefined;
  /** Seconds of recording like the last one until all is there; undefined: not known, or all is there. */
  readonly secondsLeft: number | undefined;
}

/** Something to tell of what was taken in. */
export type Notice =
  /** So many files became readable; 0: more has arrived of something. */
  | { readonly kind: 'added'; readonly files: number }
  /** Pieces have arrived whose index has not. */
  | { readonly kind: 'no-index' }
  | { readonly kind: 'nothing-new' | 'unsigned' | 'older' | 'no-room' | 'no-session' }
  | { readonly kind: NoticeOfFile; readonly name: string }
  /** Signed by somebody whose key the page does not have, all of the file or a part of it. */
  | { readonly kind: 'stranger' | 'stranger-part'; readonly name: string; readonly fingerprint: string }
  /** The publisher has another key now. */
  | { readonly kind: 'succession'; readonly fingerprint: string }
  /** Signed with a key of the publisher that does not count, or not any more; a sentence in English. */
  | { readonly kind: 'wrong-key'; readonly why: string }
  | { readonly kind: 'forged'; readonly count: number }
  /** The publisher signed it, but it may not be used; a sentence in English. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Dated later than the clock of this machine says. */
  | { readonly kind: 'ahead'; readonly name: string; readonly sequence: number };

/** What is wrong with a file that was given. */
export type NoticeOfFile = 'no-recording' | 'empty' | 'damaged' | 'altered' | 'unreadable' | 'unlisted';

export interface Failure {
  /** The page is open a second time, and what is kept is in use there. */
  readonly isInUse: boolean;
  /** In English. */
  readonly text: string;
}

/** All that the page shows of the engine. */
export interface EngineState {
  /** What is being read: done and in all, bytes. */
  readonly reading: { readonly name: string; readonly done: number; readonly of: number } | undefined;
  /** Something is being written that was read. */
  readonly isWorking: boolean;
  /** False: it is in memory alone. */
  readonly isLasting: boolean;
  /** Why that is so when it was to be kept. */
  readonly notKept: NotKept | undefined;
  readonly bundles: readonly BundleView[];
  readonly notices: readonly Notice[];
  /** Nothing is received any more. */
  readonly failure: Failure | undefined;
}

export interface FileEntry {
  readonly path: string;
  readonly bytes: number;
  readonly class: PartClass;
  /** It is of the edition before. */
  readonly isEarlier: boolean;
}

export interface Found {
  readonly bundle: string;
  readonly path: string;
  readonly title: string;
  /** The text around what was found. */
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

/** What is passed on: files and their pieces in the form of codecs/page, in the order of the files. */
export interface Carried {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly pieces: Blob;
}

export interface OpenOptions {
  readonly trust: readonly string[];
  /** Keep what arrives for next time. */
  readonly isLasting: boolean;
  /** Begins the name of what the browser keeps. */
  readonly name: string;
}

/** What the page asks of the engine. */
export interface Calls {
  /** Comes first. */
  open(options: OpenOptions): Promise<void>;
  take(files: readonly GivenFile[]): Promise<void>;
  list(bundle: string): Promise<readonly FileEntry[]>;
  /** Undefined: not there, or not yet. */
  file(bundle: string, path: string): Promise<Blob | undefined>;
  /** What pages call themselves, in the order of the paths; empty where nothing is known. */
  titles(bundle: string, paths: readonly string[]): Promise<readonly string[]>;
  search(text: string): Promise<readonly Found[]>;
  carry(): Promise<Carried>;
  /** Deletes all that has arrived and all that is kept. */
  deleteAll(): Promise<void>;
}

export type CallName = keyof Calls;
export interface Call {
  readonly id: number;
  readonly name: CallName;
  readonly values: readonly unknown[];
}
export type Message =
  | { readonly type: 'state'; readonly state: EngineState }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly failure: Failure };
