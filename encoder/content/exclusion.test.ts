import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IGNORE_FILE, readExclusion, type Selection } from './exclusion.js';
import { describeLeftOut } from './left-out.js';
import { isSystemFile } from './system-files.js';
import { walk } from './walk.js';

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-exclusion-'));
});
afterAll(() => rmSync(work, { recursive: true }));

function tree(name: string, files: Readonly<Record<string, string>>): string {
  const root = join(work, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function sent(root: string, selection: Selection = {}): Promise<string[]> {
  const { entries } = await walk(root, selection);
  return entries.flatMap((entry) => (entry.kind === 'file' ? [entry.path] : [])).sort();
}

describe('files of systems and editors', () => {
  const LEFT_OUT = [
    '.DS_Store, ._photo.jpg, Icon\r, __MACOSX, Thumbs.db, desktop.ini, Desktop.ini, to C.lnk',
    '$RECYCLE.BIN, System Volume Information, .directory, .Trash-1000, ~$report.docx, ~WRL0001.tmp',
    '.~lock.report.odt#, page.html~, .page.html.swp, page.swp, #page.html#, .#page.html, .git, .gitignore, .svn',
    'CVS, .idea, .vscode, news.gdoc, .dropbox, @eaDir, lost+found',
  ].flatMap((line) => line.split(', '));
  const SENT = [
    'index.html, .htaccess, git, film.swf, thumbs.html, store, a~b.html, $5.html, desktop.html, cvs.html, iconic, Icon',
    'notes.tmp.html, news.docx, DS_Store, .well-known, lost, 소식.html',
  ].flatMap((line) => line.split(', '));

  it.each(LEFT_OUT)('leaves out %j, in any directory', (name) => {
    expect([isSystemFile(name), isSystemFile(`a/b/${name}`)]).toEqual([true, true]);
  });

  it.each(SENT)('sends %j', (name) => {
    expect(isSystemFile(`a/${name}`)).toBe(false);
  });
});

describe('patterns', () => {
  it('leave out as git ignores: by name, by path, directories, all but some', async () => {
    const root = tree('patterns', {
      'index.html': '1',
      'draft.html': '2',
      'news/draft.html': '3',
      'news/today.html': '4',
      'raw/film.mov': '5',
      'raw/deep/film.mov': '6',
      'photos/a.psd': '7',
      'photos/keep.psd': '8',
      'build/x': '9',
      'news/build': '10',
      [IGNORE_FILE]: '# not for readers\r\n/draft.html\nraw/\n*.psd\n!keep.psd\nbuild/\n',
    });
    expect(await sent(root)).toEqual([
      'index.html',
      'news/build',
      'news/draft.html',
      'news/today.html',
      'photos/keep.psd',
    ]);
    const { leftOut } = await walk(root, { exclude: ['today.*'] });
    expect({ ...leftOut, pattern: [...leftOut.pattern].sort() }).toEqual({
      system: [IGNORE_FILE],
      pattern: ['build/', 'draft.html', 'news/today.html', 'photos/a.psd', 'raw/'],
    });
    expect(describeLeftOut({ system: [], pattern: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] })).toEqual([
      'a, b, c, d, e and 2 more: by pattern',
    ]);
  });

  it('bring back what is left out, and name Korean files in any normalisation', async () => {
    const root = tree('back', {
      ['초안.html'.normalize('NFD')]: '1',
      'a.lnk': '2',
      '.git/config': '3',
      'b.html': '4',
    });
    expect(await sent(root, { exclude: ['초안*', '!*.lnk', '!.git'] })).toEqual([
      '.git/config',
      'a.lnk',
      'b.html',
    ]);
    await expect(walk(root, { exclude: ['*'] })).rejects.toThrow(/holds no files but what is left out/);
  });

  it('are told apart by their text, and have to be a file', async () => {
    const root = tree('text', { [IGNORE_FILE]: 'a\n', b: '' });
    expect((await readExclusion(root, {})).text).not.toBe(
      (await readExclusion(root, { exclude: ['b'] })).text,
    );
    const wrong = tree('wrong', { [`${IGNORE_FILE}/a`]: '' });
    await expect(walk(wrong)).rejects.toThrow(
      /\.datacastignore is a directory; a file with patterns is needed/,
    );
  });
});

describe.skipIf(process.platform === 'win32')('links', () => {
  it('are followed when asked to, to files and directories, within and outside', async () => {
    const root = tree('links', { 'a.html': 'a', 'news/b.html': 'b' });
    const outside = tree('outside', { 'c.html': 'c' });
    symlinkSync('a.html', join(root, 'z.html'));
    symlinkSync('news', join(root, 'today'));
    symlinkSync(outside, join(root, 'other'));
    expect(await sent(root, { followLinks: true })).toEqual([
      'a.html',
      'news/b.html',
      'other/c.html',
      'today/b.html',
      'z.html',
    ]);
    const { entries, read } = await walk(root, { followLinks: true });
    const link = entries.find(({ path }) => path === 'other/c.html');
    if (link?.kind !== 'file') throw new Error('It is missing.');
    for await (const piece of read(link)) expect(Buffer.from(piece).toString()).toBe('c');
  });

  it('that go round in a circle or lead nowhere are named', async () => {
    const root = tree('circle', { 'news/a.html': 'a' });
    symlinkSync('..', join(root, 'news/up'));
    symlinkSync('nothing', join(root, 'gone'));
    const failure = await walk(root, { followLinks: true }).catch((error: Error) => error.message);
    expect(failure).toMatch(/gone is a symbolic link that leads nowhere/);
    expect(failure).toMatch(/news\/up leads to a directory that it is in/);
  });
});

it('names everything that cannot be sent at once: links, names, keys', async () => {
  const root = tree('all', {
    'a.html': '',
    'aux.html': '',
    'A.html': '',
    'deep/nul': '',
    'old/publisher.key': 'untrusted comment: minisign encrypted secret key\nRWRT\n',
  });
  symlinkSync('a.html', join(root, 'link'));
  const failure = await walk(root).catch((error: Error) => error.message);
  expect(failure).toMatch(/link is a symbolic link/);
  expect(failure).toMatch(/publisher\.key is a secret key: it would be sent to everybody/);
  expect(failure).toMatch(/"aux\.html" is the name of a device/);
  expect(failure).toMatch(/"nul" is the name of a device/);
  expect(failure).toMatch(/the same where case is ignored/);
});
