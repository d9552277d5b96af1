import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Compares what stands in the directories of receivers, at any time, with the editions that were signed. */
export interface StandingFiles {
  /** An edition that is to be published. */
  add(edition: PublishedEdition, directory: string): void;
  /**
   * Looks at all files that readers have of a receiver.
   *
   * @param directory its output directory
   * @returns sentences on files that are of no edition, or of an older one than before, or that disappeared though all
   *   editions since have them
   */
  look(receiver: string, directory: string): string[];
  /** Files compared so far. */
  readonly compared: number;
}

interface PublishedEdition {
  readonly bundle: string;
  readonly number: number;
}

interface Digests extends PublishedEdition {
  /** By path. */
  readonly files: ReadonlyMap<string, string>;
}

/** A file of a receiver. */
interface Standing {
  readonly bundle: string;
  readonly path: string;
  /** It is of this edition or of a later one. */
  readonly from: number;
}

export function createStandingFiles(): StandingFiles {
  const editions: Digests[] = [];
  const standing = new Map<string, Map<string, Standing>>();
  let compared = 0;

  /** Of the editions that a file may be of still. */
  const since = (bundle: string, from: number) =>
    editions.filter((edition) => edition.bundle === bundle && edition.number >= from);

  /** What stands at a path now; undefined: nothing is wrong. */
  function check(
    earlier: Standing,
    content: Buffer | undefined,
    known: Map<string, Standing>,
  ): string | undefined {
    const { bundle, path, from } = earlier;
    const name = `${bundle}/${path}`;
    const possible = since(bundle, from);
    if (content === undefined) {
      if (possible.every(({ files }) => files.has(path))) return `${name} has disappeared.`;
      known.delete(name);
      return undefined;
    }
    compared++;
    const digest = createHash('sha256').update(content).digest('hex');
    const found = possible.find(({ files }) => files.get(path) === digest);
    if (found !== undefined) {
      known.set(name, { bundle, path, from: found.number });
      return undefined;
    }
    const older = editions.find((each) => each.bundle === bundle && each.files.get(path) === digest);
    return older === undefined
      ? `${name} is of no edition.`
      : `${name} is of edition ${older.number}, and was of edition ${from} or a later one before.`;
  }

  return {
    add({ bundle, number }, directory) {
      const files = new Map<string, string>();
      for (const path of filesIn(directory)) {
        files.set(
          path,
          createHash('sha256')
            .update(readFileSync(join(directory, path)))
            .digest('hex'),
        );
      }
      editions.push({ bundle, number, files });
    },
    look(receiver, directory) {
      const known = standing.get(receiver) ?? new Map<string, Standing>();
      standing.set(receiver, known);
      const bundles = new Set(editions.map(({ bundle }) => bundle));
      for (const bundle of bundles) {
        for (const path of filesIn(join(directory, bundle))) {
          const name = `${bundle}/${path}`;
          if (!known.has(name)) known.set(name, { bundle, path, from: 0 });
        }
      }
      const problems: string[] = [];
      for (const [name, earlier] of [...known]) {
        const problem = check(earlier, contentOf(join(directory, name)), known);
        if (problem === undefined) continue;
        problems.push(`In the directory of receiver ${receiver}, ${problem}`);
        // it is told once
        known.delete(name);
      }
      return problems;
    },
    get compared() {
      return compared;
    },
  };
}

/** Paths of all files below a directory, which may change meanwhile. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory()
        ? filesIn(join(directory, entry.name)).map((path) => `${entry.name}/${path}`)
        : [entry.name],
    );
  } catch (error) {
    return ifMissing(error, []);
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    return ifMissing(error, undefined);
  }
}

/** @throws the error when it is another one */
function ifMissing<T>(error: unknown, value: T): T {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return value;
  throw error;
}
