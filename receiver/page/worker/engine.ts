import { webCrypto } from '../../../codecs/crypto/index.js';
import { distinctKeys, parsePublicKey } from '../../../codecs/minisign/index.js';
import { ReceiveError } from '../../error.js';
import { type Kept, openKept } from '../keep/index.js';
import { carryAll } from './carry.js';
import { findFile, listFiles } from './content/files.js';
import { openParts } from './content/parts.js';
import { searchFiles, titlesOf } from './content/search.js';
import { filesOfPage, type GivenKind, kindOf, shownName } from './intake/given.js';
import { readRecordings } from './intake/recordings.js';
import { takeSigned } from './intake/signed.js';
import { createNotices, tellDates } from './notices.js';
import type { Calls, EngineState, GivenFile, OpenOptions } from './protocol.js';
import { openReception } from './reception.js';
import { viewBundles, whatIsNew } from './view.js';

export type Engine = Omit<Calls, 'open'>;

/** Milliseconds between two states that the page is told: each is drawn, which takes a weak device long. */
const INTERVAL = 500;
/** Times that what is kept is asked for once more, and milliseconds in between. */
const TRIES = 12;
const PAUSE = 250;

/**
 * What the thread of the engine does for the page.
 *
 * @param tell gets the state when it has changed
 */
export async function openEngine(options: OpenOptions, tell: (state: EngineState) => void): Promise<Engine> {
  const crypto = await webCrypto();
  const trust = distinctKeys(options.trust.map(parsePublicKey));
  const notices = createNotices();
  const kept = await openPatiently(options);
  /** Of what is found again nothing is told before all of it is there. */
  let changed = () => {};
  const opening = openReception({ crypto, trust, kept, notices, changed: () => changed() });
  const reception = await opening.catch(async (error) => {
    await kept.close();
    throw error;
  });
  let reading: EngineState['reading'];
  let isTaking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const parts = openParts(kept, crypto, ({ label: name }) => {
    notices.add({ kind: 'altered', name });
    tellNow();
  });
  const view = () => viewBundles(reception, kept, reception.rate);

  function tellNow(): void {
    clearTimeout(timer);
    timer = undefined;
    tell({
      reading,
      isWorking: isTaking,
      isLasting: kept.isLasting,
      notKept: kept.notKept,
      bundles: view(),
      notices: notices.all(),
      failure: reception.failure,
    });
  }
  function tellSoon(): void {
    timer ??= setTimeout(tellNow, INTERVAL);
  }

  /** All that was given: what pages carry is taken out of them. */
  async function sort(
    files: readonly GivenFile[],
    sorted = new Map<GivenKind, GivenFile[]>(),
  ): Promise<ReadonlyMap<GivenKind, GivenFile[]>> {
    for (const file of files) {
      const kind = await kindOf(file).catch(() => 'unreadable' as const);
      const inside = kind === 'page' ? await filesOfPage(file).catch(() => undefined) : undefined;
      if (inside !== undefined) await sort(inside, sorted);
      else if (kind === 'unreadable' || kind === 'empty') notices.add({ kind, name: shownName(file) });
      else if (kind === 'page') notices.add({ kind: 'no-recording', name: shownName(file) });
      else append(sorted, kind, file);
    }
    return sorted;
  }

  async function take(files: readonly GivenFile[]): Promise<void> {
    notices.clear();
    isTaking = true;
    tellNow();
    const before = view();
    try {
      // what found no room before may find some now
      await reception.settled();
      const sorted = await sort(files);
      const packed = sorted.get('packed') ?? [];
      await takeSigned(packed, sorted.get('signature') ?? [], { crypto, reception, notices });
      const rate = await readRecordings(sorted.get('recording') ?? [], reception, {
        notices,
        onProgress: (progress) => {
          reading = progress;
          tellSoon();
        },
      });
      reception.rate = rate ?? reception.rate;
      await reception.settled();
      const added = whatIsNew(before, view());
      if (added !== undefined) notices.add(added);
      else if (notices.all().length === 0) notices.add({ kind: 'nothing-new' });
      tellDates(reception.shelf, Date.now() / 1000, notices);
    } finally {
      reading = undefined;
      isTaking = false;
      tellNow();
    }
  }

  changed = tellSoon;
  tellNow();
  return {
    take,
    async list(bundle) {
      const found = reception.shelf.get(bundle);
      return found === undefined ? [] : listFiles(found, kept);
    },
    async file(bundle, path) {
      const found = reception.shelf.get(bundle);
      return found && findFile(found, parts, path);
    },
    async titles(bundle, paths) {
      const found = reception.shelf.get(bundle);
      return found === undefined ? [] : titlesOf(found, parts, paths);
    },
    search: (text) => searchFiles(text, reception.shelf, parts),
    carry: () => carryAll(reception.shelf, kept, reception.statements()),
    async deleteAll() {
      await reception.close();
      await kept.deleteAll();
    },
  };
}

/** A page that was just closed, or loads anew, gives back what it used a moment later. */
async function openPatiently({ name, isLasting }: OpenOptions): Promise<Kept> {
  for (let left = TRIES; ; left--) {
    try {
      return await openKept({ name, isLasting });
    } catch (error) {
      if (!(error instanceof ReceiveError) || left === 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
