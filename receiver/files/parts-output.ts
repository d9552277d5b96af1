import { EditionError, formatSequence } from '../../codecs/edition/index.js';
import type { Edition, KnownEdition, ObjectContent, PartId } from '../engine/ports/events.js';
import { checkOptions, isBoolean, isObject } from '../library/arguments.js';
import type { BundleName } from './bundle-state.js';
import { openOutputDirectory as openDirectory, type StandingBundle } from './output-directory.js';

export interface PartsOutputOptions {
  /** An edition appears as a whole or not at all; otherwise part by part, which is the default. */
  readonly whole?: boolean;
}

/** What `put` needs of an event `part`. */
export interface PutPart {
  readonly part: { readonly sha256: string };
  readonly editions: readonly Edition[];
  readonly content: Pick<ObjectContent, 'read' | 'release'>;
}

/**
 * A directory with the newest edition of each bundle, in a directory of its own that changes part by part. Whatever happens, a
 * file is there in its old or in its new form.
 */
export interface PartsOutput {
  /**
   * For the option `isHeld` of a receiver: true for a part that stands in the directory of every bundle whose newest edition
   * lists it, or was refused there.
   */
  isHeld(part: PartId): boolean;
  /**
   * For the event `edition`: makes an edition the newest of its bundle, unless one of its number or a later one is.
   *
   * @returns what there is of the newest edition
   * @throws TypeError, EditionError when it has more files than allowed, or an error of the operating system
   */
  announce(edition: KnownEdition): Promise<StandingBundle>;
  /**
   * For the event `part`: writes its files, and releases the content. Waits for editions that are being announced. What a part
   * replaces makes way for it; what the edition no longer has goes when it is complete.
   *
   * @throws EditionError when the part is not what the index says, or has what another part has: nothing of it is written;
   *   an error of the operating system: the content is not released and may be put again; RangeError when its edition was
   *   not announced, TypeError
   */
  put(part: PutPart): Promise<void>;
  /** What there is of each bundle, and where. */
  bundles(): StandingBundle[];
  /** Fulfilled when all that was put is written. */
  close(): Promise<void>;
}

/** The newest edition of a bundle. */
interface Listed {
  readonly bundle: BundleName;
  readonly sequence: number;
  /** SHA-256 of its parts, and of those that were refused. */
  readonly listed: ReadonlySet<string>;
  readonly refused: Set<string>;
}

/**
 * Opens a directory for what a receiver hands out, which is made if it does not exist. What a killed program had begun is
 * completed or removed.
 *
 * @throws TypeError when an argument is wrong, ReceiveError when another process writes there, CliError when a record in
 *   it is damaged, or an error of the operating system
 */
export async function openOutputDirectory(
  directory: string,
  options: PartsOutputOptions = {},
): Promise<PartsOutput> {
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError('openOutputDirectory takes the path of a directory, a text.');
  }
  checkOptions('openOutputDirectory', options, { whole: isBoolean });
  // the limits of the receiver bound what is written
  const maxSize = Number.POSITIVE_INFINITY;
  const output = await openDirectory(directory, { whole: options.whole ?? false, maxSize });
  const announcements = new Map<string, Promise<unknown>>();
  const newest = new Map<string, Listed>();
  const writing = new Set<Promise<unknown>>();
  for (const bundle of output.bundles()) note(bundle);

  function note({ publisher, name, sequence, parts }: StandingBundle): void {
    const refused = parts.filter(({ state }) => state === 'refused').map(({ part }) => part.sha256);
    newest.set(keyOf({ publisher, name }), {
      bundle: { publisher, name },
      sequence,
      listed: new Set(parts.map(({ part }) => part.sha256)),
      refused: new Set(refused),
    });
  }

  /** The receiver asks at once which parts are held for it. */
  function noteAnnounced({ edition: { publisher, name, sequence }, index }: KnownEdition): void {
    const key = keyOf({ publisher, name });
    if (sequence <= (newest.get(key)?.sequence ?? -1)) return;
    const listed = new Set(index.parts.map(({ sha256 }) => sha256));
    newest.set(key, { bundle: { publisher, name }, sequence, listed, refused: new Set() });
  }

  async function makeNewest({ edition, index }: KnownEdition): Promise<StandingBundle> {
    const standing = await output.announce({ edition, index });
    if (standing.sequence >= newest.get(keyOf(edition))!.sequence) note(standing);
    return standing;
  }

  async function write({ part, editions, content }: PutPart): Promise<void> {
    let refusal: EditionError | undefined;
    for (const edition of editions) {
      try {
        await announcements.get(keyOf(edition));
        if (!newest.has(keyOf(edition))) throw notAnnounced(edition);
        await output.put(edition, part.sha256, content.read());
      } catch (error) {
        if (!(error instanceof EditionError)) throw error;
        newest.get(keyOf(edition))?.refused.add(part.sha256);
        refusal ??= error;
      }
    }
    // also when it was refused: it is never going to be of use
    await content.release();
    if (refusal !== undefined) throw refusal;
  }

  /** `close` waits for it. */
  function pending<T>(work: Promise<T>): Promise<T> {
    writing.add(work);
    const done = () => void writing.delete(work);
    work.then(done, done);
    return work;
  }

  return {
    isHeld({ publisher, sha256 }) {
      const listing = [...newest.values()].filter(
        ({ bundle, listed }) => bundle.publisher === publisher && listed.has(sha256),
      );
      const isDone = ({ bundle, refused }: Listed) => output.holds(bundle, sha256) || refused.has(sha256);
      return listing.length > 0 && listing.every(isDone);
    },
    async announce(arrival) {
      requireEvent('announce', 'edition', arrival, 'edition', 'index');
      noteAnnounced(arrival);
      const announced = pending(makeNewest(arrival));
      announcements.set(keyOf(arrival.edition), announced);
      return announced;
    },
    async put(arrival) {
      requireEvent('put', 'part', arrival, 'part', 'editions', 'content');
      return pending(write(arrival));
    },
    bundles: output.bundles,
    async close() {
      while (writing.size > 0) await Promise.allSettled(writing);
      await output.close();
    },
  };
}

function keyOf({ publisher, name }: BundleName): string {
  return `${publisher} ${name}`;
}

function notAnnounced({ name, sequence }: Edition): RangeError {
  return new RangeError(
    `Edition ${formatSequence(sequence)} of ${name} is not known here: give announce what the event "edition" gives, before its parts are put.`,
  );
}

/** @throws TypeError */
function requireEvent(method: string, event: string, value: unknown, ...members: string[]): void {
  const isEvent = isObject(value) && members.every((name) => typeof value[name] === 'object' && value[name]);
  if (!isEvent) throw new TypeError(`${method} takes what the event "${event}" gives.`);
}
