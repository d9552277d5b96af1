/** Editions with files in them, as they are sent, for tests. */

import type { PartClass } from '../codecs/edition/index.js';
import { type TestPart, type Tree, testPart } from './files/testing.js';
import { type TestEdition, type TestEditionOptions, testEdition } from './testing.js';

export interface SentEdition extends TestEdition {
  readonly content: readonly TestPart[];
  /** Index and parts. */
  all(): Promise<Uint8Array[]>;
}

export interface SentEditionOptions extends Omit<TestEditionOptions, 'parts' | 'alterIndex' | 'indexObject'> {
  /** Parts, or the files of each; the first is the front. */
  readonly content: readonly (TestPart | Tree)[];
}

/** An edition as a sender sends it; its parts are `front`, then what their files are. */
export async function sentEdition({ content: given, ...options }: SentEditionOptions): Promise<SentEdition> {
  const content: TestPart[] = [];
  for (const [place, part] of given.entries()) {
    content.push(isPart(part) ? part : await testPart(part, place === 0 ? 'front' : classOf(part)));
  }
  const parts = content.map(({ object }) => object);
  const listed = content.map((part) => part.listed);
  const edition = await testEdition({
    ...options,
    parts,
    alterIndex: (index) => ({ ...index, parts: listed }),
  });
  return {
    ...edition,
    content,
    all: async () => [...(await edition.announce()), ...(await edition.send())],
  };
}

function isPart(part: TestPart | Tree): part is TestPart {
  return 'listed' in part && typeof part.listed === 'object';
}

function classOf(tree: Tree): PartClass {
  return Object.keys(tree).every((path) => path.endsWith('.mp4')) ? 'film' : 'text';
}
