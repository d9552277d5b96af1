/** Editions of a few files, and the directories that they become, for the tests of this folder. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { concatBytes, toHex, utf8Encode } from '../../codecs/bytes.js';
import { type EditionIndex, type IndexPart, type PartClass, packPart } from '../../codecs/edition/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { compress } from '../../codecs/zstd/index.js';
import type { KnownEdition } from '../engine/ports/events.js';

/** Texts of files by their paths; the path of an empty directory ends in a slash. */
export type Tree = Readonly<Record<string, string>>;

export interface TestPart {
  readonly tree: Tree;
  readonly listed: IndexPart;
  /** As it is sent. */
  readonly object: Uint8Array;
}

export interface TestEdition {
  readonly index: EditionIndex;
  readonly parts: readonly TestPart[];
  readonly tree: Tree;
}

export async function testPart(tree: Tree, partClass: PartClass = 'text'): Promise<TestPart> {
  const paths = Object.keys(tree);
  const files = paths
    .filter((path) => !path.endsWith('/'))
    .map((path) => {
      const content = utf8Encode(tree[path]!);
      return { kind: 'file' as const, path, size: content.length, open: () => piecesOf([content]) };
    });
  const directories = paths.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
  const unpacked = files.reduce((sum, { size }) => sum + size, 0);
  const label = paths.length === 1 ? paths[0]! : '/';
  const object = await collect(
    compress(
      packPart({ class: partClass, label, files, directories, unpacked }, (file) => file.open()),
      { level: 1 },
    ),
  );
  const sha256 = toHex(nodeCrypto.sha256(object));
  const listed = { sha256, bytes: object.length, unpacked, files: files.length, label, class: partClass };
  return { tree, listed, object };
}

export function editionOf(sequence: number, parts: readonly TestPart[], name = 'news'): TestEdition {
  const index = { name, sequence, parts: parts.map(({ listed }) => listed) };
  return { index, parts, tree: Object.assign({}, ...parts.map(({ tree }) => tree)) };
}

/** An edition whose parts have these trees. */
export async function testEdition(
  sequence: number,
  trees: readonly Tree[],
  name?: string,
): Promise<TestEdition> {
  const parts: TestPart[] = [];
  for (const tree of trees) parts.push(await testPart(tree));
  return editionOf(sequence, parts, name);
}

/** An edition as the engine tells of it. */
export function known(publisher: string, index: EditionIndex): KnownEdition {
  const { name, sequence } = index;
  const signed = { sha256: 'ab'.repeat(32), signature: 'signature' };
  return { edition: { publisher, name, sequence, ...signed }, index };
}

export async function* piecesOf(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return concatBytes(...pieces);
}

/** What stands in a directory; undefined when it does not exist. */
export function readTree(directory: string): Tree | undefined {
  try {
    const tree: Record<string, string> = {};
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const full = join(entry.parentPath, entry.name);
      const path = relative(directory, full);
      if (entry.isFile()) tree[path] = readFileSync(full, 'utf8');
      else if (readdirSync(full).length === 0) tree[`${path}/`] = '';
    }
    return tree;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
