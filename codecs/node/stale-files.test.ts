import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { processIdentity } from './process-identity.js';
import { removeStale, temporaryName } from './temporary-file.js';

it('removes what ended processes left, and nothing else', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'datacast-stale-'));
  try {
    const target = join(directory, 'news.pcap');
    const { pid } = spawnSync(process.execPath, ['--version']);
    const [, start, namespace, boot] = processIdentity().split('-');
    const own = basename(temporaryName(target, '.part'));
    // of a process in another namespace nobody can tell
    const elsewhere = `.news.pcap.${pid}-${start}-1-${boot}.01234567.part`;
    const kept = [own, elsewhere, '.news.pcap.part', `.other.pcap.${pid}.00000000.part`, 'news.pcap'];
    const stale = [
      `.news.pcap.${pid}.0123abcd.part`,
      `.news.pcap.${process.pid}-0-${namespace}-${boot}.0123abcd.part`,
      `.news.pcap.${process.pid}-${start}-${namespace}-0.0123abcd.part`,
    ];
    for (const name of [...kept, ...stale]) writeFileSync(join(directory, name), '');
    await removeStale(target, '.part');
    expect(readdirSync(directory).sort()).toEqual(kept.sort());
  } finally {
    rmSync(directory, { recursive: true });
  }
});
