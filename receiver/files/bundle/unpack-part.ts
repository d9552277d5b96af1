import type { IndexPart } from '../../../codecs/edition/index.js';
import { type PartItemsOptions, partItems } from '../../library/part-items.js';
import { createFileWriter } from '../file-writer.js';
import { listIn, type PartList, unpackedFile, writePartList } from './part-list.js';

export interface UnpackOptions extends Pick<PartItemsOptions, 'decodeFrame' | 'memory'> {
  /** Where the files of the part are to stand, for errors. */
  readonly target: string;
}

/**
 * Unpacks a part whose digest is verified: its files as numbers in an empty directory, and the list of their paths, all of it
 * on the disk.
 *
 * @param object the part as it is sent
 * @throws EditionError when it is not what the index says, an error of the operating system that names the file, or what
 *   `object` throws
 */
export async function unpackPart(
  object: AsyncIterable<Uint8Array>,
  part: IndexPart,
  directory: string,
  { target, ...options }: UnpackOptions,
): Promise<PartList> {
  const files: string[] = [];
  const directories: string[] = [];
  const writer = createFileWriter();
  try {
    for await (const item of partItems(object, part, options)) {
      if (item.kind === 'directory') {
        directories.push(item.path);
        continue;
      }
      files.push(item.path);
      await writer.write(unpackedFile(directory, files.length - 1), item.content);
    }
  } catch (error) {
    await writer.finish().catch(() => {});
    throw named(error, directory, target, files);
  }
  await writer.finish().catch((error) => {
    throw named(error, directory, target, files);
  });
  const list: PartList = { files, directories };
  await writePartList(listIn(directory), list);
  return list;
}

/** An error of the operating system names the file as it is to be called, not the number that it has meanwhile. */
function named(error: unknown, directory: string, target: string, files: readonly string[]): unknown {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') return error;
  const number = files.findIndex((_, i) => unpackedFile(directory, i) === error.path);
  return number < 0 ? error : Object.assign(error, { path: `${target}/${files[number]}` });
}
