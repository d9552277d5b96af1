/** How large the parts of a tree are, what they lose against one archive, and what an edit costs. */

import { createHash } from 'node:crypto';
import {
  cutTree,
  encodeIndex,
  type IndexPart,
  type PartCut,
  packPart,
  type TreeFile,
} from '../../codecs/edition/index.js';
import { compress } from '../../codecs/zstd/index.js';
import { type CorpusOptions, corpusFiles } from '../../fixtures/corpus.js';
import { createPrng, type Prng } from '../../fixtures/prng.js';

export interface CuttingOptions extends CorpusOptions {
  /** Level of zstd for the parts of text and the front; the rest of the corpus does not compress. */
  readonly level: number;
  /** How many edits are made, each to the first edition. */
  readonly edits: number;
}

export interface ClassFigures {
  readonly class: string;
  readonly parts: number;
  /** Bytes of all its archives, and compressed. */
  readonly unpacked: number;
  readonly bytes: number;
  /** Compressed bytes of the largest part. */
  readonly largest: number;
}

/** Means over the edits. */
export interface EditFigures {
  readonly kind: string;
  readonly changedParts: number;
  /** Compressed bytes of what is new: parts and index. */
  readonly bytes: number;
  readonly mostBytes: number;
}

export interface CuttingFigures {
  readonly files: number;
  readonly classes: readonly ClassFigures[];
  /** Compressed bytes of the front and text in parts, over that of one archive of the same files at `SOLID_LEVEL`. */
  readonly againstSolid: number;
  /** Bytes of front and text over what they have compressed as one archive. */
  readonly solidRatio: number;
  readonly indexBytes: number;
  readonly edits: readonly EditFigures[];
}

/** Level of zstd for the archive that parts are compared with. */
export const SOLID_LEVEL = 19;

/** Packs a corpus, and packs again what edits of single files change. */
export async function measureCutting(options: CuttingOptions): Promise<CuttingFigures> {
  const random = createPrng(options.seed).fork('edits');
  const files = [...corpusFiles(options)].map(({ path, content }) => treeFile(path, content()));
  const packer = createPacker(options.level);
  const cuts = cutTree(files);
  const parts: IndexPart[] = [];
  for (const cut of cuts) parts.push(await packer.pack(cut));
  const classes = [...new Set(cuts.map((cut) => cut.class))].map((each) => classFigures(each, cuts, parts));

  const text = files.filter(({ path }) => /\.(html|css)$/.test(path));
  const whole = (cut: { files: readonly CorpusFile[] }) => cut.files.reduce((sum, { size }) => sum + size, 0);
  const sorted = text.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const solid = await createPacker(SOLID_LEVEL).pack({
    class: 'text',
    label: '/',
    files: sorted,
    directories: [],
    unpacked: 0,
  });
  const inParts = classes.filter((each) => each.class === 'front' || each.class === 'text');
  return {
    files: files.length,
    classes,
    againstSolid: inParts.reduce((sum, { bytes }) => sum + bytes, 0) / solid.bytes,
    solidRatio: whole({ files: text }) / solid.bytes,
    indexBytes: (await encodeIndex({ name: 'corpus', sequence: 1, parts })).length,
    edits: [
      await editFigures('one page edited', files, options.edits, random, editPage, packer),
      await editFigures('one page added', files, options.edits, random, addPage, packer),
      await editFigures('one picture replaced', files, options.edits, random, replacePicture, packer),
    ],
  };
}

interface CorpusFile extends TreeFile {
  open(): AsyncIterable<Uint8Array>;
}

function treeFile(path: string, content: Uint8Array): CorpusFile {
  return {
    kind: 'file',
    path,
    size: content.length,
    async *open() {
      yield content;
    },
  };
}

/** Packs parts, each once. */
interface Packer {
  /** What the index says about a part. */
  pack(cut: PartCut<CorpusFile>): Promise<IndexPart>;
}

function createPacker(level: number): Packer {
  const known = new Map<string, IndexPart>();
  const collect = async (pieces: AsyncIterable<Uint8Array>) => {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  };
  return {
    async pack(cut) {
      const archive = await collect(packPart(cut, (file) => file.open()));
      const key = createHash('sha256').update(archive).digest('hex');
      const found = known.get(key);
      if (found !== undefined) return found;
      const isText = cut.class === 'front' || cut.class === 'text';
      const object = await collect(compress([archive], { level: isText ? level : 1 }));
      const { class: partClass, label, unpacked, files } = cut;
      const sha256 = createHash('sha256').update(object).digest('hex');
      const part = { sha256, bytes: object.length, unpacked, files: files.length, label, class: partClass };
      known.set(key, part);
      return part;
    },
  };
}

function classFigures(name: string, cuts: readonly PartCut[], parts: readonly IndexPart[]): ClassFigures {
  const own = parts.filter((_, i) => cuts[i]!.class === name);
  return {
    class: name,
    parts: own.length,
    unpacked: own.reduce((sum, { unpacked }) => sum + unpacked, 0),
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: Math.max(...own.map(({ bytes }) => bytes)),
  };
}

async function editFigures(
  kind: string,
  files: readonly CorpusFile[],
  count: number,
  random: Prng,
  edit: (files: readonly CorpusFile[], random: Prng) => Promise<CorpusFile[]>,
  packer: Packer,
): Promise<EditFigures> {
  const before = new Set<string>();
  for (const cut of cutTree(files)) before.add((await packer.pack(cut)).sha256);
  const changed: number[] = [];
  const costs: number[] = [];
  for (let i = 0; i < count; i++) {
    const parts: IndexPart[] = [];
    for (const cut of cutTree(await edit(files, random))) parts.push(await packer.pack(cut));
    const fresh = parts.filter(({ sha256 }) => !before.has(sha256));
    const index = await encodeIndex({ name: 'corpus', sequence: 2 + i, parts });
    changed.push(fresh.length);
    costs.push(index.length + fresh.reduce((sum, { bytes }) => sum + bytes, 0));
  }
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return { kind, changedParts: mean(changed), bytes: mean(costs), mostBytes: Math.max(...costs) };
}

function choose(files: readonly CorpusFile[], extension: string, random: Prng): number {
  const found = files.flatMap(({ path }, i) => (path.endsWith(extension) && path.includes('/') ? [i] : []));
  return found[random.below(found.length)]!;
}

async function contentOf(file: CorpusFile): Promise<Buffer> {
  for await (const piece of file.open()) return Buffer.from(piece);
  return Buffer.alloc(0);
}

async function editPage(files: readonly CorpusFile[], random: Prng): Promise<CorpusFile[]> {
  const at = choose(files, '.html', random);
  const text = (await contentOf(files[at]!)).toString();
  const content = Buffer.from(text.replace('<h1>', `<h1>정정 ${random.below(1e6)} `));
  return files.with(at, treeFile(files[at]!.path, content));
}

async function addPage(files: readonly CorpusFile[], random: Prng): Promise<CorpusFile[]> {
  const page = files[choose(files, '.html', random)]!;
  const path = page.path.replace('.html', `-${random.below(1e6)}.html`);
  return [...files, treeFile(path, await contentOf(page))];
}

async function replacePicture(files: readonly CorpusFile[], random: Prng): Promise<CorpusFile[]> {
  const at = choose(files, '.jpg', random);
  return files.with(at, treeFile(files[at]!.path, random.bytes(16_000)));
}
