import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { removeStale, temporaryName } from './temporary-file.js';

it('removes what ended processes left, and nothing else', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'datacast-stale-'));
  try {
    const target = join(directory, 'news.pcap');
    const { pid } = spawnSync(process.execPath, ['--version']);
    const own = basename(temporaryName(target, '.part'));
    const kept = [own, '.news.pcap.part', `.other.pcap.${pid}-00000000.part`, 'news.pcap'];
    for (const name of [...kept, `.news.pcap.${pid}-0123abcd.part`]) writeFileSync(join(directory, name), '');
    await removeStale(target, '.part');
    expect(readdirSync(directory).sort()).toEqual(kept.sort());
  } finally {
    rmSync(directory, { recursive: true });
  }
});
