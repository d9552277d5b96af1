import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns the path of the file */
export function keepInput(directory: string, name: string, input: Uint8Array): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${name}.bin`);
  writeFileSync(path, input);
  return path;
}
