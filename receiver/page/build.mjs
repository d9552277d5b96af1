/** Builds the page: one HTML file with everything inside, without keys, which "datacast page" sets up. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { build, createLogger } from 'vite';

/** Bytes of the page without content. */
const MAX_BYTES = 900_000;
// vite builds otherwise for those who test
process.env.NODE_ENV = 'production';
const LICENSES = 'licenses.json';
const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, '..', '..', 'dist', 'receiver', 'page', 'receiver.html');

const hash = (script) => createHash('sha256').update(script).digest('base64');

/**
 * What the page may load: what stands in it. Nothing may connect. Documents in its frame are under the same policy, whose
 * styles stand in them; pictures, sound and film are files of an edition, as blobs.
 */
const policy = (scripts) =>
  [
    "default-src 'none'",
    `script-src ${scripts.map((each) => `'sha256-${hash(each)}'`).join(' ')} 'wasm-unsafe-eval'`,
    'worker-src blob:',
    "style-src 'unsafe-inline' blob:",
    'img-src blob: data:',
    'media-src blob: data:',
    'font-src blob: data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** The library of zstd fetches its WebAssembly; here it gets the bytes, of which a third is left when they are packed. */
const embedZstd = {
  name: 'embed-zstd',
  transform(code, id) {
    if (!/zstd-wasm\/dist\/web\/index\.web\.js$/.test(id)) return undefined;
    const url = 'new URL(`./zstd.wasm`, import.meta.url).href';
    if (!code.includes(url)) throw new Error(`${id} does not fetch its WebAssembly as it did.`);
    const packed = deflateRawSync(readFileSync(join(dirname(id), 'zstd.wasm')), { level: 9 }).toString(
      'base64',
    );
    const unpacked = `inflateSync(Uint8Array.from(atob('${packed}'), (unit) => unit.charCodeAt(0)))`;
    return `import { inflateSync } from 'fflate';\n${code.replace(url, unpacked)}`;
  },
};

/** A script of its own, and the styles that it imports. @throws on anything that vite warns of */
async function bundle(entry) {
  const warnings = [];
  const warn = (message) => void warnings.push(message);
  const built = await build({
    root: here,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    customLogger: { ...createLogger('warn'), warn, warnOnce: warn },
    plugins: [embedZstd],
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      license: { fileName: LICENSES },
      target: ['chrome91', 'firefox90', 'safari15'],
      rolldownOptions: {
        input: join(here, entry),
        output: { format: 'iife' },
        // on a busy machine it warns that it is slow
        checks: { pluginTimings: false },
      },
    },
  });
  if (warnings.length > 0) throw new Error(`vite warns: ${warnings.join('\n')}`);
  const scripts = built.output.filter(({ type }) => type === 'chunk');
  if (scripts.length !== 1) throw new Error(`vite has made ${scripts.length} scripts of ${entry}.`);
  const styles = built.output.filter(({ fileName }) => fileName.endsWith('.css'));
  const licenses = built.output.find(({ fileName }) => fileName === LICENSES);
  return {
    script: scripts[0].code.trim(),
    style: styles.map(({ source }) => source).join('\n'),
    // none without a library
    licenses: JSON.parse(licenses?.source ?? '[]'),
  };
}

/** Nothing in a script may look like HTML. */
const inHtml = (script) =>
  script
    .replaceAll('</script', '<\\/script')
    .replaceAll('<script', '\\x3cscript')
    .replaceAll('<!--', '\\x3c!--');

/** Where a licence says what is permitted; before it stands who has written the library. */
const PERMISSION = 'Permission is hereby granted';

/** Of each library that is inside, once. What is permitted in the same words stands with the first one. */
function licenseTexts(licenses) {
  const texts = new Map();
  const first = new Map();
  for (const { name, version, identifier, text } of licenses) {
    if (texts.has(name)) continue;
    const [notice, ...rest] = (text ?? '').trim().split(PERMISSION);
    const permission = rest.join(PERMISSION);
    const words = permission.replace(/\W+/g, ' ');
    const known = permission && first.get(words);
    if (!known) first.set(words, name);
    const said = known ? `${notice}(${PERMISSION} as above, with ${known}.)` : (text ?? '');
    texts.set(name, `${name} ${version}, ${identifier}\n\n${said.trim()}`.trim());
  }
  return [...texts.values()].join('\n\n');
}

const [first, app, engine] = await Promise.all(
  ['app/return.ts', 'app/main.tsx', 'worker/main.ts'].map(bundle),
);
const scripts = [first.script, app.script].map(inHtml);
const values = {
  POLICY: policy(scripts),
  RETURN: scripts[0],
  STYLE: app.style.trim(),
  ENGINE: inHtml(engine.script),
  APP: scripts[1],
  LICENSES: inHtml(licenseTexts([...app.licenses, ...engine.licenses])),
};
const template = readFileSync(join(here, 'template.html'), 'utf8');
const page = template.replace(/%([A-Z]+)%/g, (_, name) => values[name]);
const bytes = Buffer.byteLength(page);
if (bytes > MAX_BYTES) throw new Error(`The page has ${bytes} bytes; ${MAX_BYTES} are allowed.`);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, page);
process.stdout.write(`The page has ${(bytes / 1000).toFixed(0)} kB.\n`);
