import { sep } from 'node:path';

/** True when a path is the directory or lies below it; both are real, absolute paths. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}
