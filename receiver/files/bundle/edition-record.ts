import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type EditionIndex, PART_CLASSES } from '../../../codecs/edition/index.js';
import { openRecord } from '../../../codecs/node/record-file.js';
import type { KnownEdition } from '../../engine/ports/events.js';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const editionFile = z.object({
  version: z.literal(1),
  /** Of the index as it was sent. */
  sha256,
  /** Text of the minisign signature file over it. */
  signature: z.string(),
  index: z.object({
    name: z.string(),
    sequence: count,
    nextKey: z.string().exactOptional(),
    parts: z.array(
      z.object({
        sha256,
        bytes: count,
        unpacked: count,
        files: count,
        label: z.string(),
        class: z.enum(PART_CLASSES),
      }),
    ),
  }),
  refused: z.array(z.object({ sha256, why: z.string() })),
});

/** What proves an index. */
export type SignedIndex = Pick<KnownEdition['edition'], 'sha256' | 'signature'>;

/** The newest edition of a bundle, as it is known. */
export interface EditionRecord {
  /** Undefined as long as none was announced. */
  readonly index: EditionIndex | undefined;
  /** The index as it was sent. */
  readonly signed: SignedIndex | undefined;
  /** Why parts of it were refused, by digest. */
  readonly refused: ReadonlyMap<string, string>;
  /** Takes the place of the edition before it, of which nothing is remembered. */
  replace(edition: KnownEdition): Promise<void>;
  refuse(sha256: string, why: string): Promise<void>;
}

/** @throws CliError when the file is damaged, or an error of the operating system */
export async function openEditionRecord(path: string): Promise<EditionRecord> {
  const file = await openRecord(path, editionFile, 'remove it and the bundle is received again');
  let newest: { readonly index: EditionIndex; readonly signed: SignedIndex } | undefined;
  if (file.earlier !== undefined) {
    const { index, sha256, signature } = file.earlier;
    newest = { index, signed: { sha256, signature } };
  }
  const refused = new Map(file.earlier?.refused.map(({ sha256, why }) => [sha256, why]));

  async function save(
    { index, signed }: NonNullable<typeof newest>,
    refusals: ReadonlyMap<string, string>,
  ): Promise<void> {
    // somebody may have emptied the output directory meanwhile
    await mkdir(dirname(path), { recursive: true });
    const list = [...refusals].map(([sha256, why]) => ({ sha256, why }));
    return file.save({ version: 1, ...signed, index: { ...index, parts: [...index.parts] }, refused: list });
  }

  return {
    get index() {
      return newest?.index;
    },
    get signed() {
      return newest?.signed;
    },
    refused,
    async replace({ edition: { sha256, signature }, index }) {
      const next = { index, signed: { sha256, signature } };
      await save(next, new Map());
      refused.clear();
      newest = next;
    },
    async refuse(sha256, why) {
      refused.set(sha256, why);
      await save(newest!, refused);
    },
  };
}
