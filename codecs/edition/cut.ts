import { EditionError } from './error.js';
import { commonDirectoryLength, createNameCheck, MAX_NAMES_LENGTH } from './names.js';
import { classOf, PART_CLASSES, type PartClass } from './part-class.js';
import { comparePaths } from './path.js';
import { type SplitSizes, splitRun } from './split.js';
import { tarLength } from './tar-header.js';

export interface TreeFile {
  readonly kind: 'file';
  /** Relative, separated by slashes; any Unicode normalisation. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A directory; only an empty one is sent, those above a file or another directory go without saying. */
export interface TreeDirectory {
  readonly kind: 'directory';
  readonly path: string;
}

export type TreeEntry<File extends TreeFile = TreeFile> = File | TreeDirectory;

/** The files of a part that is to be packed. */
export interface PartCut<File extends TreeFile = TreeFile> {
  readonly class: PartClass;
  /** For people: the path of its only file, or the directory that all are in with a slash at its end; `/` for the root. */
  readonly label: string;
  /** Sorted bytewise by path, in normalisation form C. */
  readonly files: readonly File[];
  /** Empty ones, sorted. */
  readonly directories: readonly string[];
  /** Bytes of its files. */
  readonly unpacked: number;
}

export interface CutOptions {
  /** The files that a reader opens first. Without it: those in the root that are small, pages before pictures. */
  readonly first?: ((path: string) => boolean) | undefined;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** A file from this size on is a part of its own, bytes. */
const LARGE_FILE = MIB;

/** The most that the files of the root have that are the front when nobody chooses, bytes. */
const MAX_DEFAULT_FRONT = 256 * KIB;

/** How large the parts of small files are: a share of them all, so that small bundles have small parts, within limits. */
interface PartSizes {
  readonly share: number;
  /** Bytes. */
  readonly min: number;
  /** Bytes. */
  readonly max: number;
}

/** Text gains by company, since pages are alike: it is in few parts. */
const TEXT_SIZES: PartSizes = { share: 1 / 3, min: 1.5 * MIB, max: 8 * MIB };
const MEDIA_SIZES: PartSizes = { share: 1 / 16, min: 256 * KIB, max: 2 * MIB };

/** No part is smaller than this share of the largest, unless all its class is. */
const LEAST_SHARE = 1 / 3;

interface Item<File extends TreeFile = TreeFile> {
  readonly path: string;
  /** As tar writes it: a directory ends in a slash. */
  readonly name: string;
  /** Bytes in the tar archive. */
  readonly weight: number;
  readonly file: File | undefined;
}

/**
 * Cuts a tree into parts, in the order in which they matter. The same tree gives the same parts in whatever order its
 * entries come. A changed file changes the part that it is in; an added, removed or resized one a neighbour as well, at times.
 *
 * @throws EditionError that names every path which cannot be sent
 */
export function cutTree<File extends TreeFile>(
  entries: Iterable<TreeEntry<File>>,
  options: CutOptions = {},
): PartCut<File>[] {
  const items = withoutFullDirectories(sortItems(entries));
  requireNames(items);
  const front = frontOf(items, options.first);
  const classes = new Map<PartClass, Item<File>[]>(PART_CLASSES.map((partClass) => [partClass, []]));
  for (const item of items) {
    const partClass = front.has(item) ? 'front' : item.file === undefined ? 'text' : classOf(item.path);
    classes.get(partClass)!.push(item);
  }
  return [...classes].flatMap(([partClass, members]) => cutClass(partClass, members));
}

function sortItems<File extends TreeFile>(entries: Iterable<TreeEntry<File>>): Item<File>[] {
  const items: Item<File>[] = [];
  for (const entry of entries) {
    const path = entry.path.normalize('NFC');
    if (entry.kind === 'directory') {
      items.push({ path, name: `${path}/`, weight: tarLength(`${path}/`, 0), file: undefined });
    } else {
      // Most names are normalised: a hundred thousand files need not be there twice.
      const file = entry.path === path ? entry : { ...entry, path };
      items.push({ path, name: path, weight: tarLength(path, entry.size), file });
    }
  }
  return items.sort((a, b) => comparePaths(a.name, b.name));
}

function withoutFullDirectories<File extends TreeFile>(items: readonly Item<File>[]): Item<File>[] {
  return items.filter(({ file, name }, i) => file !== undefined || !items[i + 1]?.name.startsWith(name));
}

function requireNames(items: readonly Item[]): void {
  const names = createNameCheck();
  const problems: string[] = [];
  for (const { path } of items) {
    const problem = names.add(path);
    if (problem !== undefined) problems.push(problem);
  }
  if (names.length > MAX_NAMES_LENGTH) {
    problems.push(
      `The names of files and directories have ${names.length} characters in all; ${MAX_NAMES_LENGTH} are allowed.`,
    );
  }
  if (problems.length > 0) throw new EditionError(problems.join('\n'));
}

function frontOf(items: readonly Item[], first: CutOptions['first']): ReadonlySet<Item> {
  if (first !== undefined)
    return new Set(items.filter(({ file, path }) => file !== undefined && first(path)));
  const candidates = items
    .filter(({ file, path }) => file !== undefined && !path.includes('/') && frontRank(path) !== undefined)
    .filter(({ weight }) => weight <= MAX_DEFAULT_FRONT)
    .sort((a, b) => frontRank(a.path)! - frontRank(b.path)!);
  let left = MAX_DEFAULT_FRONT;
  const end = candidates.findIndex(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return new Set(end < 0 ? candidates : candidates.slice(0, end));
}

/** The order in which files of the root find room in the front; undefined for one that is never in it. */
function frontRank(path: string): number | undefined {
  if (/^index\./i.test(path)) return 0;
  if (/\.(css|m?js)$/i.test(path)) return 1;
  const partClass = classOf(path);
  if (partClass === 'text') return 2;
  return partClass === 'picture' ? 3 : undefined;
}

function cutClass<File extends TreeFile>(
  partClass: PartClass,
  items: readonly Item<File>[],
): PartCut<File>[] {
  const isLarge = ({ file }: Item) => file !== undefined && file.size >= LARGE_FILE;
  const small = items.filter((item) => !isLarge(item));
  const pieces = [
    ...splitRun(small, sizesFor(partClass, small)),
    ...items.filter(isLarge).map((item) => [item]),
  ];
  return pieces.sort(([a], [b]) => comparePaths(a!.name, b!.name)).map((piece) => partOf(partClass, piece));
}

function sizesFor(partClass: PartClass, items: readonly Item[]): SplitSizes {
  const { share, min, max } = partClass === 'text' ? TEXT_SIZES : MEDIA_SIZES;
  const whole = items.reduce((sum, { weight }) => sum + weight, 0);
  const most = Math.min(max, Math.max(min, whole * share));
  return { most, least: most * LEAST_SHARE };
}

function partOf<File extends TreeFile>(partClass: PartClass, items: readonly Item<File>[]): PartCut<File> {
  const files = items.flatMap(({ file }) => file ?? []);
  return {
    class: partClass,
    label: labelOf(items),
    files,
    directories: items.filter(({ file }) => file === undefined).map(({ path }) => path),
    unpacked: files.reduce((sum, { size }) => sum + size, 0),
  };
}

/** What the first and the last of a sorted list are both in, all between them are in. */
function labelOf(items: readonly Item[]): string {
  const first = items[0]!.name;
  const last = items.at(-1)!.name;
  if (items.length === 1) return first;
  return first.slice(0, commonDirectoryLength(first, last)) || '/';
}
