/** Content that is edited, and the editions that are made of it. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { IndexPart } from '../../../codecs/edition/index.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import { packHere } from '../../../encoder/send/content/pack.js';
import type { EditionToSend } from '../../../encoder/send/multiplex/flow.js';
import { corpusFiles } from '../../../fixtures/corpus.js';
import { createPrng } from '../../../fixtures/prng.js';

/** A directory with content. */
export interface Site {
  readonly directory: string;
  /** The bundle is called like the directory. */
  readonly name: string;
  /** SHA-256 of every file by its path, as it is now. */
  readonly digests: ReadonlyMap<string, string>;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Changes a page that is not the front page, another one each time. @returns its path */
  editPage(): string;
  /** Adds a page like one of the others. @returns its path */
  addPage(): string;
}

export function createSite(directory: string, bytes: number, seed: number): Site {
  const digests = new Map<string, string>();
  let total = 0;
  const write = (path: string, content: Uint8Array) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
    digests.set(path, createHash('sha256').update(content).digest('hex'));
  };
  for (const file of corpusFiles({ bytes, seed })) {
    const content = file.content();
    write(file.path, content);
    total += content.length;
  }
  const random = createPrng(seed).fork('edits');
  const pages = [...digests.keys()].filter((path) => path.endsWith('.html') && path.includes('/'));
  const choose = () => pages[random.below(pages.length)]!;
  const read = (path: string) => readFileSync(join(directory, path), 'utf8');
  return {
    directory,
    name: basename(directory),
    digests,
    bytes: total,
    editPage() {
      const path = choose();
      write(path, Buffer.from(read(path).replace('<h1>', `<h1>정정 ${random.below(1e6)} `)));
      return path;
    },
    addPage() {
      const page = choose();
      const path = page.replace('.html', `-${random.below(1e6)}.html`);
      write(path, Buffer.from(read(page)));
      return path;
    },
  };
}

/** An edition in a directory of objects. */
export interface PackedEdition extends EditionToSend {
  readonly name: string;
  readonly listed: readonly IndexPart[];
}

/** Packs and signs editions; what did not change is packed once. */
export interface Publisher {
  /** Directory of the objects. */
  readonly objects: string;
  /** Packs the content of a site as it is now. */
  pack(site: Pick<Site, 'directory' | 'name'>, sequence: number): Promise<PackedEdition>;
}

/** @param level of zstd */
export function createPublisher(keys: Keys, objects: string, level: number): Publisher {
  const packer = packHere();
  const known = new Map<string, { sha256: string; length: number; isVerified: boolean }>();
  let earlier = new Set<string>();
  return {
    objects,
    async pack({ directory, name }, sequence) {
      const packed = await packer.pack(
        { name, path: directory, level, objects, known },
        { onCut() {}, onPart() {}, onProgress() {} },
      );
      for (const { key, sha256, bytes } of packed)
        known.set(key, { sha256, length: bytes, isVerified: true });
      const listed = packed.map(({ key: _, ...part }) => part);
      const index = await packer.sign({ name, sequence, parts: listed, publisher: keys.publisher, objects });
      const changed = listed.filter(({ sha256 }) => !earlier.has(sha256)).length;
      earlier = new Set(listed.map(({ sha256 }) => sha256));
      const parts = listed.map(({ sha256, bytes, class: partClass }) => ({
        sha256,
        length: bytes,
        class: partClass,
      }));
      return { name, sequence, index, parts, changed, listed };
    },
  };
}
