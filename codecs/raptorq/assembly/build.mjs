/**
 * Compiles the WebAssembly core and embeds it as a TypeScript module, so that Node and browsers load it alike. What was made of the
 * same sources by the same compiler stays: that takes half of a build.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
const output = here('../core.generated.ts');

/** Names the sources, this one among them, and the compiler. */
function digestOfSources() {
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json');
  const hash = createHash('sha256').update(version);
  for (const name of readdirSync(here('.')).sort()) {
    if (/\.(ts|mjs)$/.test(name)) hash.update(`\0${name}\0`).update(readFileSync(here(`./${name}`)));
  }
  return hash.digest('hex');
}

function compile(name, flags) {
  const wasm = here(`./${name}.wasm`);
  execFileSync(
    process.execPath,
    [
      asc,
      here('./index.ts'),
      '--outFile',
      wasm,
      '--runtime',
      'stub',
      '-O3',
      '--converge',
      '--noAssert',
      '--use',
      'abort=',
      ...flags,
    ],
    // the compiler's remarks are of interest only when it fails: they are in the error then
    { stdio: 'pipe' },
  );
  return readFileSync(wasm).toString('base64');
}

const header = `/** Made by assembly/build.mjs from assembly/: ${digestOfSources()}. */\n`;
if (!existsSync(output) || !readFileSync(output, 'utf8').startsWith(header)) {
  const simd = compile('core-simd', ['--enable', 'simd']);
  const scalar = compile('core-scalar', []);
  writeFileSync(
    output,
    `${header}export const CORE_SIMD: string = '${simd}';\nexport const CORE_SCALAR: string = '${scalar}';\n`,
  );
}
