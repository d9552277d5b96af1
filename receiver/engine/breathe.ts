/** Lets other things happen in between: long work must not keep a page or a signal waiting. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
