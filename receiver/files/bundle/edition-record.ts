import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type EditionIndex, PART_CLASSES } from '../../../codecs/edition/index.js';
import { type OnDamage, openRecords } from '../../../codecs/node/record-file.js';
import type { KnownEdition } from '../../engine/ports/events.js';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const newestRecord = z.object({
  /** Key id of the publisher: the bundle is known by it when the list of all bundles is damaged. */
  publisher: z.string(),
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
});
const refusedRecord = z.object({ sha256, why: z.string() });

/** What proves an index. */
export type SignedIndex = Pick<KnownEdition['edition'], 'sha256' | 'signature'>;

interface Newest {
  readonly publisher: string;
  readonly index: EditionIndex;
  readonly signed: SignedIndex;
}

/** The newest edition of a bundle, as it is known. */
export interface EditionRecord {
  /** Key id; undefined as long as no edition was announced. */
  readonly publisher: string | undefined;
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

/** @throws CliError when a later version has written the file, or an error of the operating system */
export async function openEditionRecord(path: string, onDamage: OnDamage): Promise<EditionRecord> {
  const file = await openRecords(path, {
    shape: z.union([newestRecord, refusedRecord]),
    loss: 'Without it the index of the bundle is received again.',
    onDamage,
  });
  let newest: Newest | undefined;
  const refused = new Map<string, string>();
  for (const record of file.earlier) {
    if ('why' in record) refused.set(record.sha256, record.why);
    else {
      const { publisher, index, sha256, signature } = record;
      newest = { publisher, index, signed: { sha256, signature } };
    }
  }

  async function save(
    { publisher, index, signed }: Newest,
    refusals: ReadonlyMap<string, string>,
  ): Promise<void> {
    // somebody may have emptied the output directory meanwhile
    await mkdir(dirname(path), { recursive: true });
    const list = [...refusals].map(([sha256, why]) => ({ sha256, why }));
    return file.save([{ publisher, ...signed, index: { ...index, parts: [...index.parts] } }, ...list]);
  }

  return {
    get publisher() {
      return newest?.publisher;
    },
    get index() {
      return newest?.index;
    },
    get signed() {
      return newest?.signed;
    },
    refused,
    async replace({ edition: { publisher, sha256, signature }, index }) {
      const next = { publisher, index, signed: { sha256, signature } };
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
