/** Where a thread of this folder starts. Threads run compiled JavaScript: from the sources, that of the last build. */
export function workerUrl(name: string): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL(`../../dist/encoder/send/${name}.js`, import.meta.url)
    : new URL(`${name}.js`, import.meta.url);
}
