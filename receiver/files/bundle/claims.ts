import { foldPath, MAX_NAMES_LENGTH, parentsOf } from '../../../codecs/edition/index.js';
import { formatNumber, printable, printableJson } from '../../../codecs/text.js';
import { MAX_ENTRIES } from '../../library/part-items.js';
import type { PartList } from './part-list.js';

/** Whose files stand in the directory of a bundle, or are to. Names are compared as where the case of letters is ignored. */
export interface Claims {
  /** Adds a part of the newest edition. */
  add(part: ClaimingPart, list: PartList): void;
  /** Adds a part that only earlier editions have; its digest. */
  addOutdated(sha256: string, list: PartList): void;
  /** Why a part cannot stand beside those that were added, a sentence; undefined when it can. */
  conflict(part: ClaimingPart, list: PartList): string | undefined;
  /** Digests of the outdated parts that lose files to a part. */
  replacedBy(list: PartList): Set<string>;
  /** The name that a part of the newest edition has given to a path or to one that differs in case. */
  nameOf(path: string): string | undefined;
}

/** A part, for messages. */
export interface ClaimingPart {
  readonly label: string;
}

interface Claim {
  readonly path: string;
  readonly part: ClaimingPart;
  /** An empty directory, or one that something is in. */
  readonly kind: 'file' | 'empty' | 'folder';
}

export function createClaims(): Claims {
  const claims = new Map<string, Claim>();
  /** Of the names in `claims`, in units of UTF-16. */
  let length = 0;
  const outdatedFiles = new Map<string, string>();
  const outdatedFolders = new Map<string, Set<string>>();

  function conflict(wanted: Claim): string | undefined {
    const claim = claims.get(foldPath(wanted.path));
    if (claim === undefined) return undefined;
    const both = `The parts ${printable(claim.part.label)} and ${printable(wanted.part.label)}`;
    if (claim.path !== wanted.path) {
      return `${both} have the names ${shown(claim)} and ${shown(wanted)}, which are the same where case is ignored.`;
    }
    if (claim.kind === wanted.kind) {
      return wanted.kind === 'folder' ? undefined : `${both} both have ${shown(wanted)}.`;
    }
    if (claim.kind !== 'file' && wanted.kind !== 'file') return undefined;
    return `${both} have ${shown(wanted)}, in one of them a file and in the other a directory.`;
  }

  return {
    add(part, list) {
      for (const claim of claimsOf(part, list)) {
        const key = foldPath(claim.path);
        if (!claims.has(key)) length += claim.path.length;
        // an empty directory is one however many files another part has in it
        if (claims.get(key)?.kind !== 'empty') claims.set(key, claim);
      }
    },
    addOutdated(sha256, { files, directories }) {
      for (const path of files) outdatedFiles.set(foldPath(path), sha256);
      const folders = [...foldersOf(files), ...foldersOf(directories), ...directories];
      for (const path of folders) {
        const key = foldPath(path);
        const parts = outdatedFolders.get(key);
        if (parts === undefined) outdatedFolders.set(key, new Set([sha256]));
        else parts.add(sha256);
      }
    },
    conflict(part, list) {
      let [entries, characters] = [claims.size, length];
      for (const wanted of claimsOf(part, list)) {
        const problem = conflict(wanted);
        if (problem !== undefined) return problem;
        if (claims.has(foldPath(wanted.path))) continue;
        entries++;
        characters += wanted.path.length;
      }
      if (entries <= MAX_ENTRIES && characters <= MAX_NAMES_LENGTH) return undefined;
      return (
        `With the part ${printable(part.label)} the edition has more than ${formatNumber(MAX_ENTRIES)} files and directories, or ` +
        `their names more than ${formatNumber(MAX_NAMES_LENGTH)} characters in all.`
      );
    },
    replacedBy(list) {
      const replaced = new Set<string>();
      for (const { path, kind } of claimsOf({ label: '' }, list)) {
        const key = foldPath(path);
        const file = outdatedFiles.get(key);
        if (file !== undefined) replaced.add(file);
        if (kind === 'file') for (const part of outdatedFolders.get(key) ?? []) replaced.add(part);
      }
      return replaced;
    },
    nameOf: (path) => claims.get(foldPath(path))?.path,
  };
}

function* claimsOf(part: ClaimingPart, { files, directories }: PartList): Generator<Claim> {
  for (const path of files) yield { path, part, kind: 'file' };
  for (const path of directories) yield { path, part, kind: 'empty' };
  for (const path of foldersOf([...files, ...directories])) yield { path, part, kind: 'folder' };
}

/** The directories that paths are in, each once, outer ones first. */
export function foldersOf(paths: readonly string[]): Set<string> {
  const folders = new Set<string>();
  let last = '';
  for (const path of paths) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (folder === last) continue;
    last = folder;
    for (const parent of parentsOf(path)) folders.add(parent);
  }
  return folders;
}

function shown({ path }: Claim): string {
  return printableJson(path);
}
