/** Compiles the WebAssembly core and embeds it as a TypeScript module, so that Node and browsers load it alike. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

function compile(name, flags) {
  const output = here(`./${name}.wasm`);
  execFileSync(
    process.execPath,
    [
      asc,
      here('./index.ts'),
      '--outFile',
      output,
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
  return readFileSync(output).toString('base64');
}

const simd = compile('core-simd', ['--enable', 'simd']);
const scalar = compile('core-scalar', []);
writeFileSync(
  here('../core.generated.ts'),
  `/** Made by assembly/build.mjs from assembly/. */\nexport const CORE_SIMD: string = '${simd}';\nexport const CORE_SCALAR: string = '${scalar}';\n`,
);
