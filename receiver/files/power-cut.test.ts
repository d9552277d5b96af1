import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { concatBytes } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../../codecs/pcap/index.js';
import { requireTool } from '../../fixtures/tools.js';
import { testPublisher } from '../testing.js';
import { sentEdition } from '../testing-content.js';
import type { Tree } from './testing.js';

const CLI = fileURLToPath(new URL('../../dist/receiver/cli.js', import.meta.url));
const CONTENT: readonly Tree[] = [{ 'index.html': '<p>front</p>' }, { 'a/b/page.html': '<p>page</p>' }];

/** What a program has done, in order: a file or the names of a directory seen onto the disk, or a name that was moved. */
type Step = { readonly synced: string } | { readonly from: string; readonly to: string };

/** The steps of a trace of `strace -f -y`. A sync counts where it ends, and a move where it begins. */
function stepsOf(trace: string): Step[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line): Step[] => {
    const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, from, to] = /^rename\("(.*?)", "(.*?)"/.exec(call) ?? [];
    if (from !== undefined && to !== undefined) return [{ from, to }];
    const [, path] = /^f(?:data)?sync\(\d+<(.*?)>/.exec(call) ?? [];
    if (path !== undefined) begun.set(thread, path);
    const isEnd = /^(?:f(?:data)?sync\(|<\.\.\. f(?:data)?sync resumed>).* = 0$/.test(call);
    return isEnd ? [{ synced: begun.get(thread)! }] : [];
  });
}

/** Under which name a file stands after a move of it, or of a directory above it. */
const moved = (path: string, { from, to }: { from: string; to: string }) =>
  path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;

it('what takes a place is on the disk before, and its name is after: records, and files of the content', async (context) => {
  if (!requireTool('strace', context)) return;
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'datacast-power-cut-')));
  try {
    const publisher = await testPublisher(nodeCrypto, 1);
    const schemes = await loadFecSchemes();
    const edition = await sentEdition({ crypto: nodeCrypto, schemes, publisher, content: CONTENT });
    const flow = { source: '192.0.2.1', destination: '239.1.2.3', sourcePort: 4001, destinationPort: 4001 };
    const records = (await edition.all()).map((payload) => pcapRecord({ ...flow, timestampNs: 0n, payload }));
    const at = (name: string) => join(work, name);
    writeFileSync(at('sent.pcap'), concatBytes(pcapHeader(), ...records));
    writeFileSync(at('publisher.pub'), formatPublicKey(publisher));
    const strace = ['-f', '-y', '-e', 'trace=fsync,fdatasync,rename', '-o', at('trace')];
    const command = [
      process.execPath,
      CLI,
      at('sent.pcap'),
      '--trust',
      at('publisher.pub'),
      '--out',
      at('out'),
    ];
    execFileSync('strace', [...strace, ...command], { stdio: 'pipe' });

    const steps = stepsOf(readFileSync(at('trace'), 'utf8'));
    const files = CONTENT.flatMap((tree) => Object.keys(tree));
    let safe: string[] = [];
    const placed = new Set<string>();
    for (const [i, step] of steps.entries()) {
      if ('synced' in step) {
        safe.push(step.synced);
        continue;
      }
      const file = files.find((path) => step.to.endsWith(`/bundles/news/${path}`));
      if (file !== undefined || step.from.endsWith('.part')) {
        expect(safe, `${step.to} was not on the disk`).toContain(step.from);
        const later = steps.slice(i).flatMap((each) => ('synced' in each ? each.synced : []));
        expect(later, `the name ${step.to} is not on the disk`).toContain(dirname(step.to));
        placed.add(file ?? basename(step.to));
      }
      safe = safe.map((path) => moved(path, step));
    }
    expect([...placed]).toEqual(expect.arrayContaining([...files, 'edition.json']));
    expect(steps.some((step) => 'to' in step && step.to === at('out'))).toBe(true);
  } finally {
    rmSync(work, { recursive: true });
  }
});
