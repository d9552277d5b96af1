import { mkdirSync, rmSync } from 'node:fs';

/** An empty directory at a path. */
export function emptied(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}
