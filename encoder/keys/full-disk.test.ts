import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireMounts } from '../../fixtures/tools.js';

const CLI = fileURLToPath(new URL('../../dist/encoder/cli.js', import.meta.url));
const PAGE = 4096;

/**
 * Makes keys on a disk with room for some files of a page, and lists what is there afterwards.
 *
 * @param successorOf directory of a key that the new one is to follow, copied to the disk
 */
function keygenOn(freePages: number, successorOf?: string) {
  const disk = mkdtempSync(join(tmpdir(), 'datacast-full-'));
  try {
    const script = `
      mount -t tmpfs -o size=${16 * PAGE} none "$0"
      ${successorOf === undefined ? '' : 'mkdir "$0/present" && cp "$3/publisher.pub" "$0/present"'}
      dd if=/dev/zero of="$0/other" bs=${PAGE} count=${16 - freePages - (successorOf === undefined ? 0 : 1)} 2>/dev/null
      "$1" "$2" keygen --no-password --out "$0/keys" ${successorOf === undefined ? '' : '--successor "$0/present"'} >&2
      echo "$?"
      ls -A "$0/keys" "$0/present" 2>/dev/null | grep '^[.a-z]'`;
    const args = ['-m', 'sh', '-c', script, disk, process.execPath, CLI, successorOf ?? ''];
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
    const [status, ...names] = stdout.trim().split('\n');
    return { status, names, stderr };
  } finally {
    rmSync(disk, { recursive: true });
  }
}

it.for([0, 1, 2, 3])('leaves nothing on a disk that has room for %i of four files', (pages, context) => {
  if (!requireMounts(context)) return;
  expect(keygenOn(pages)).toEqual({
    status: '1',
    names: [],
    stderr: expect.stringMatching(
      /^The disk is full: \S*\/keys\/[a-z]+\.(?:key|pub|cert) could not be written\. Free some space\.\n$/,
    ),
  });
});

it('makes all four where there is room for them', (context) => {
  if (!requireMounts(context)) return;
  const { status, names } = keygenOn(4);
  expect([status, names]).toEqual(['0', ['publisher.key', 'publisher.pub', 'uplink.cert', 'uplink.key']]);
});

describe('of a successor', () => {
  let present = '';
  beforeAll(() => {
    present = mkdtempSync(join(tmpdir(), 'datacast-present-'));
    const args = [CLI, 'keygen', '--publisher', '--no-password', '--out', join(present, 'keys')];
    spawnSync(process.execPath, args);
  });
  afterAll(() => rmSync(present, { recursive: true }));

  it.for([0, 1, 2])('leaves nothing where there is room for %i of three files', (pages, context) => {
    if (!requireMounts(context)) return;
    const { status, names } = keygenOn(pages, join(present, 'keys'));
    expect([status, names]).toEqual(['1', ['publisher.pub']]);
  });

  it('makes all three where there is room for them', (context) => {
    if (!requireMounts(context)) return;
    const { status, names } = keygenOn(3, join(present, 'keys'));
    expect([status, names]).toEqual([
      '0',
      ['publisher.key', 'publisher.pub', 'publisher.next', 'publisher.pub'],
    ]);
  });
});
