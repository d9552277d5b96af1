/** Milliseconds after which every browser has begun to write the file. */
const RELEASE_AFTER = 60_000;

/** Saves a file as the browser saves what it loads. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), RELEASE_AFTER);
}
