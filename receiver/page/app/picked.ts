import type { GivenFile } from '../worker/protocol.js';

/** Files of a folder that was dropped, at most. */
const MAX_FILES = 10_000;

const given = (file: File): GivenFile => ({ name: file.webkitRelativePath || file.name, content: file });

export function pickedFiles(input: HTMLInputElement): GivenFile[] {
  const files = [...(input.files ?? [])].map(given);
  // so that the same file can be picked once more
  input.value = '';
  return files;
}

/** The files that were dropped, those in folders included. */
export async function droppedFiles(data: DataTransfer | null): Promise<GivenFile[]> {
  const items = [...(data?.items ?? [])];
  // to be asked before anything is awaited: afterwards the browser has forgotten them
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? undefined);
  const plain = items.map((item) => item.getAsFile());
  const files: GivenFile[] = [];
  for (const [i, entry] of entries.entries()) {
    if (entry?.isDirectory) await addFolder(entry as FileSystemDirectoryEntry, files);
    else if (plain[i]) files.push(given(plain[i]));
  }
  return files;
}

async function addFolder(folder: FileSystemDirectoryEntry, files: GivenFile[]): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (files.length >= MAX_FILES) return;
      if (entry.isDirectory) await addFolder(entry as FileSystemDirectoryEntry, files);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        files.push({ name: entry.fullPath.slice(1), content: file });
      }
    }
  }
}
