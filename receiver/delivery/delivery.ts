import { EditionError, type IndexPart } from '../../codecs/edition/index.js';
import type { DecodeFrame } from '../../codecs/zstd/index.js';
import type { Edition, KnownEdition, PartId, ReceiverEvents } from '../engine/ports/events.js';
import type { BundleName } from '../files/bundle-state.js';
import { interruptible } from '../files/interruptible.js';
import type { OutputDirectory, PartWritten, StandingBundle } from '../files/output-directory.js';

/** A part that is complete. */
export type PartArrival = ReceiverEvents['part'];

/** What comes of what is delivered. */
export interface DeliveryEvents {
  /** A part stands in the directory of its bundle, or is kept until its edition is complete. */
  written(part: IndexPart, written: PartWritten, bundle: StandingBundle): void;
  /** Everything of the newest edition stands there. */
  complete(bundle: StandingBundle): void;
  /** An edition, or a part of it, is not what it may be, and is never written. */
  refused(edition: BundleName & Pick<Edition, 'sequence'>, why: string, part?: IndexPart): void;
  /** The operating system has failed; it will be tried again. */
  failed(bundle: BundleName, error: unknown, arrival?: PartArrival): void;
  /** No bundle needs the part any more. */
  done(part: PartArrival): Promise<void>;
}

export interface DeliveryOptions {
  readonly output: OutputDirectory;
  readonly events: DeliveryEvents;
  /** Who decompresses; by default this thread. */
  readonly decodeFrame?: DecodeFrame | undefined;
  /** Awaited before an edition becomes the newest. */
  beforeAnnounce(): Promise<void>;
}

/** Puts editions and their parts into the output directory, one after the other. */
export interface Delivery {
  addEdition(known: KnownEdition): void;
  addPart(arrival: PartArrival): void;
  /** True when every bundle that has the part in its newest edition holds it or has refused it. */
  isHeld(part: PartId): boolean;
  /** Nothing waits and nothing is being written. */
  readonly isIdle: boolean;
  /** Fulfilled when all that waits was tried. */
  tried(): Promise<void>;
  /** Ends early; nothing is half written. */
  close(): Promise<void>;
}

interface EditionJob {
  readonly known: KnownEdition;
  /** SHA-256 of its parts. */
  readonly listed: ReadonlySet<string>;
}

interface PartJob {
  readonly arrival: PartArrival;
  /** That are to get it still. */
  readonly bundles: Map<string, BundleName>;
}

type Job = EditionJob | PartJob;

/**
 * Milliseconds after which what could not be written, as the disk was full, is tried again: while the store still leaves the
 * room free that it was asked for.
 */
const RETRY_INTERVAL = 10_000;

export function createDelivery({ output, events, decodeFrame, beforeAnnounce }: DeliveryOptions): Delivery {
  const stop = new AbortController();
  const waiting = new Set<Job>();
  const complete = new Set(output.bundles().filter(isComplete).map(editionKey));
  /** Editions that may not be written, of each bundle the last. */
  const refused = new Map<string, EditionJob>();
  let working: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  function tellComplete(bundle: BundleName): void {
    const state = output.state(bundle);
    if (state === undefined || !state.isComplete || complete.has(editionKey(state))) return;
    complete.add(editionKey(state));
    events.complete(state);
  }

  /** True when it is done with, for better or worse. */
  async function announce(job: EditionJob, blocked: Set<string>): Promise<boolean> {
    const { known } = job;
    const { edition } = known;
    if (blocked.has(bundleKey(edition))) return false;
    try {
      await beforeAnnounce();
      await output.announce(known);
      refused.delete(bundleKey(edition));
      tellComplete(edition);
    } catch (error) {
      if (stop.signal.aborted) return false;
      if (!(error instanceof EditionError)) {
        // its parts wait for it
        blocked.add(bundleKey(edition));
        events.failed(edition, error);
        return false;
      }
      refused.set(bundleKey(edition), job);
      events.refused(edition, error.message);
    }
    return true;
  }

  /** True when no bundle needs the part any more. */
  async function put({ arrival, bundles }: PartJob, blocked: ReadonlySet<string>): Promise<boolean> {
    const { part, content } = arrival;
    for (const [key, bundle] of [...bundles]) {
      if (blocked.has(key)) continue;
      try {
        const object = interruptible(content.read(), stop.signal);
        const written = await output.put(bundle, part.sha256, object, { decodeFrame });
        bundles.delete(key);
        if (written.files + written.directories > 0) events.written(part, written, output.state(bundle)!);
        tellComplete(bundle);
      } catch (error) {
        if (stop.signal.aborted) return false;
        if (!(error instanceof EditionError)) {
          events.failed(bundle, error, arrival);
          continue;
        }
        bundles.delete(key);
        events.refused({ ...bundle, sequence: output.state(bundle)!.sequence }, error.message, part);
      }
    }
    if (bundles.size > 0) return false;
    await events.done(arrival);
    return true;
  }

  /** Tries each: what cannot be written keeps nothing else waiting. True when some was written. */
  async function tryEach(): Promise<boolean> {
    const blocked = new Set<string>();
    let isAnyDone = false;
    for (const job of waiting) {
      if (stop.signal.aborted) break;
      const isDone = await ('known' in job ? announce(job, blocked) : put(job, blocked));
      if (!isDone) continue;
      waiting.delete(job);
      isAnyDone = true;
    }
    return isAnyDone;
  }

  /** What is written gives more room back in the store than it takes, as a rule: the rest is tried once more. */
  async function work(): Promise<void> {
    while ((await tryEach()) && waiting.size > 0 && !stop.signal.aborted);
    working = undefined;
    if (waiting.size > 0 && !stop.signal.aborted) retry = setTimeout(begin, RETRY_INTERVAL);
  }

  function begin(): void {
    clearTimeout(retry);
    working ??= work();
  }

  return {
    addEdition(known) {
      const { publisher, name } = known.edition;
      const listed = new Set(known.index.parts.map(({ sha256 }) => sha256));
      const parts = [...waiting].filter((job) => 'arrival' in job);
      waiting.add({ known, listed });
      for (const job of parts) {
        const { object, part } = job.arrival;
        if (object.session.publisher !== publisher || !listed.has(part.sha256)) continue;
        job.bundles.set(bundleKey(known.edition), { publisher, name });
        // after the edition
        waiting.delete(job);
        waiting.add(job);
      }
      begin();
    },
    addPart(arrival) {
      const bundles = arrival.editions.map(({ publisher, name }) => ({ publisher, name }));
      waiting.add({ arrival, bundles: new Map(bundles.map((bundle) => [bundleKey(bundle), bundle])) });
      begin();
    },
    isHeld(part) {
      const { publisher, sha256 } = part;
      for (const job of waiting) {
        if (!('known' in job) || job.known.edition.publisher !== publisher) continue;
        if (job.listed.has(sha256) && !output.holds(job.known.edition, sha256)) return false;
      }
      return output.isHeld(part) ?? [...refused.values()].some(({ listed }) => listed.has(sha256));
    },
    get isIdle() {
      return waiting.size === 0;
    },
    async tried() {
      await working;
    },
    async close() {
      clearTimeout(retry);
      stop.abort();
      // what waits is not given back: the next run finds it in the store
      await working;
    },
  };
}

function bundleKey({ publisher, name }: BundleName): string {
  return `${publisher} ${name}`;
}

function editionKey(bundle: StandingBundle): string {
  return `${bundle.sequence} ${bundleKey(bundle)}`;
}

function isComplete(bundle: StandingBundle): boolean {
  return bundle.isComplete;
}
