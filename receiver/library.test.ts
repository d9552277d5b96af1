import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { formatPublicKey } from '../codecs/minisign/index.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { testPublisher, testSession } from './testing.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'receiver-library.md'), 'utf8');

/** An application that has datacast as a dependency. */
let application = '';
beforeAll(() => {
  application = mkdtempSync(join(tmpdir(), 'datacast-application-'));
  mkdirSync(join(application, 'node_modules'));
  symlinkSync(ROOT, join(application, 'node_modules', 'datacast'), 'dir');
  symlinkSync(join(ROOT, 'node_modules', '@types'), join(application, 'node_modules', '@types'), 'dir');
});
afterAll(() => rmSync(application, { recursive: true, force: true }));

/** The example of the document with this mark. */
function example(mark: string): string {
  const found = new RegExp(`^\`\`\`${mark}\n(.*?)^\`\`\`$`, 'ms').exec(DOCUMENT);
  expect(found, `docs/receiver-library.md has no example "${mark}"`).not.toBeNull();
  return found![1]!;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Runs the example for Node. */
function run() {
  const child = spawn(process.execPath, ['receive.mjs'], { cwd: application });
  const output = { text: '', ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.text += chunk;
    });
  }
  return { child, output };
}

async function begun({ output }: ReturnType<typeof run>): Promise<void> {
  while (!output.text.includes('datagrams of earlier runs'))
    await Promise.race([output.ended, setTimeout(10)]);
  await setTimeout(100);
}

it('the example for Node receives, is killed, and goes on', async () => {
  const port = await freePort();
  const code = example('js node');
  expect(code).toContain('4000');
  writeFileSync(join(application, 'receive.mjs'), code.replace('4000', String(port)));
  const publisher = await testPublisher(nodeCrypto, 1);
  writeFileSync(join(application, 'publisher.pub'), formatPublicKey(publisher));
  const object = nodeCrypto.randomBytes(20_000);
  const session = await testSession({
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    publisher,
    object,
  });
  const symbols = await session.source();
  const sender = createSocket('udp4');
  const send = async (datagrams: Uint8Array[]) => {
    for (const datagram of datagrams) {
      sender.send(datagram, port, '127.0.0.1');
      await setTimeout(1);
    }
  };
  const first = run();
  await begun(first);
  expect(first.output.text).toBe('0 datagrams of earlier runs\n');
  await send([await session.fdt(), ...symbols.slice(0, 100)]);
  const journal = () => readdirSync(join(application, 'store')).find((name) => name.endsWith('.journal'));
  const stored = () => (journal() ? readFileSync(join(application, 'store', journal()!)).length : 0);
  // what is received is in the store within a second
  await setTimeout(1200);
  expect(stored()).toBeGreaterThan(100 * 64);
  first.child.kill('SIGKILL');
  await first.output.ended;

  const second = run();
  await begun(second);
  expect(second.output.text).toBe('100 datagrams of earlier runs\n');
  await send(symbols.slice(100));
  for (let i = 0; i < 20 && second.child.exitCode === null; i++)
    await send(await session.symbols(0, 313 + i, 1));
  sender.close();
  expect(await second.output.ended).toBe(0);
  expect(new Uint8Array(readFileSync(join(application, 'news.tar.zst')))).toEqual(object);
  expect(journal()).toBeUndefined();
  expect(existsSync(join(application, 'store', 'lock'))).toBe(false);
});

it('the example for Node ends with what the disk says when it is pulled out', async () => {
  const port = await freePort();
  writeFileSync(join(application, 'receive.mjs'), example('js node').replace('4000', String(port)));
  const publisher = await testPublisher(nodeCrypto, 1);
  writeFileSync(join(application, 'publisher.pub'), formatPublicKey(publisher));
  const object = nodeCrypto.randomBytes(20_000);
  const session = await testSession({
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    publisher,
    object,
  });
  const { child, output } = run();
  await begun({ child, output });
  rmSync(join(application, 'store'), { recursive: true });
  const sender = createSocket('udp4');
  sender.send(await session.fdt(), port, '127.0.0.1', () => sender.close());
  expect(await output.ended).toBe(1);
  expect(output.text).toContain('ENOENT');
});

it('the example for browsers is right by its types', () => {
  writeFileSync(join(application, 'page.ts'), example('ts browser'));
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace(/package\.json$/, 'bin/tsc');
  const options = '--noEmit --strict --target es2022 --module esnext --moduleResolution bundler --types';
  const lib = ['--lib', 'es2023,dom,dom.iterable', '--skipLibCheck'];
  const { stdout, status } = spawnSync(
    process.execPath,
    [tsc, ...options.split(' '), '', ...lib, 'page.ts'],
    {
      cwd: application,
      encoding: 'utf8',
    },
  );
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
