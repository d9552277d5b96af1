/** True for an error of the operating system, or of Node, that has one of these codes: `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): error is Error {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string);
}
