import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { utf8Encode } from '../../codecs/bytes.js';
import { fingerprint, publicKeyLine, publisherId } from '../../codecs/minisign/index.js';
import { replaceFile } from '../../codecs/node/atomic-file.js';
import { CliError, UsageError } from '../../codecs/node/command.js';
import { repeated } from '../../codecs/node/options.js';
import {
  requireNoTerminal,
  STANDARD_STREAM,
  writeStandardOutput,
} from '../../codecs/node/standard-stream.js';
import { loadTrust } from '../../codecs/node/trust.js';
import { LANGUAGES, type Language, setUpPage } from '../../codecs/page/index.js';
import {
  formatBytes,
  formatCount,
  hasUnprintable,
  printableJson,
  printableLines,
} from '../../codecs/text.js';
import type { Surroundings } from '../surroundings.js';
import { piecesOf, type SourceFile, withCarriedFiles } from './carried-files.js';
import { checkRecordings } from './check-recordings.js';

interface Options {
  readonly trust?: string[];
  readonly out: string;
  readonly title: string;
  readonly language: Language;
  readonly content?: string[];
  readonly json?: true;
}

const MAX_TITLE = 100;
/** Browsers hold the text of a page in memory. */
const LARGE = 200_000_000;

const NOTES = `
The page is a receiver in one HTML file, for people who have a browser and nothing else: it opens from a memory stick, needs no
network and sends nothing. It takes recordings, shows what the publisher signed, and can be passed on with all that has
arrived. It trusts the keys that it is made with and no others.

With --content it carries recordings, or editions as "datacast-receive --keep-bundle" keeps them: who opens it can read at
once. They make it larger by a third than they are.

Examples:
  A page for readers in Korea:
    datacast page --trust keys/publisher.pub --out receiver.html --title 소식
  One that carries an edition, in English:
    datacast page --trust keys/publisher.pub --out news.html --language en --content news.pcap
  For two publishers, with an edition as it was signed:
    datacast page --trust a.pub --trust b.pub --out news.html --content kept/news

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast page`: a receiver in one HTML file. */
export function pageCommand({ io, crypto }: Surroundings): Command {
  return new Command('page')
    .description('Make a receiver in one HTML file, for readers who have a browser and no network.')
    .option(
      '--trust <KEY>',
      "a publisher's public key, as a file or as its line; may be given several times",
      repeated,
    )
    .requiredOption(
      '--out <FILE>',
      'page to write, FILE.html; replaced when it exists; - for standard output',
    )
    .option('--title <TEXT>', 'what the page is called', 'datacast')
    .addOption(
      new Option('--language <LANGUAGE>', 'language that it opens in; a reader can choose another')
        .choices(LANGUAGES)
        .default('ko'),
    )
    .option(
      '--content <PATH>',
      'a recording, also compressed (gzip, zstd), or a directory with a signed edition, to be carried; may be given several times; - for standard input',
      repeated,
    )
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ trust: given = [], out, title, language, content = [], json }: Options) => {
      requireTitle(title);
      const isPiped = out === STANDARD_STREAM;
      if (isPiped) requireNoTerminal();
      else requireName(out);
      if (given.length === 0) throw new UsageError("Give the publisher's public key with --trust.");
      const trust = await loadTrust(given);
      if (!isPiped) await requirePlace(out);
      await withCarriedFiles(content, async (files) => {
        const remarks = await checkRecordings(files, trust, crypto);
        const setting = {
          title,
          language,
          trust: trust.map(publicKeyLine),
          files: files.map(({ name, bytes }) => ({ name, bytes })),
        };
        const { before, after } = setUpPage(await readFile(templatePath(), 'utf8'), setting);
        let size = 0;
        const page = count(textOf(before, files, after), (bytes) => (size += bytes));
        await (isPiped ? writeStandardOutput(page) : replaceFile(out, page));
        const written = { out, bytes: size, trust: trust.map(publisherId), files: setting.files };
        // the page has standard output for itself
        (isPiped ? io.stderr : io.stdout).write(
          json ? `${printableJson(written, 2)}\n` : printableLines(formatReport(written)),
        );
        for (const remark of remarks) io.stderr.write(printableLines(`${remark}\n`));
        if (size > LARGE) {
          io.stderr.write(
            `${printableLines(out)} is large: old phones may not open it. Give readers the recordings beside the page instead.\n`,
          );
        }
      });
    });
}

/** The page that was built, without keys. */
function templatePath(): string {
  const root = dirname(createRequire(import.meta.url).resolve('datacast/package.json'));
  return join(root, 'dist', 'receiver', 'page', 'receiver.html');
}

/** @throws UsageError */
function requireTitle(title: string): void {
  if (title.trim() !== '' && title.length <= MAX_TITLE && !hasUnprintable(title)) return;
  throw new UsageError(`--title takes a text of 1 to ${MAX_TITLE} characters on one line.`);
}

/** A missing directory is told by its name, before anything is read. @throws CliError, an error of the operating system */
async function requirePlace(out: string): Promise<void> {
  await stat(dirname(out));
  if ((await stat(out).catch(() => undefined))?.isDirectory())
    throw new CliError(`${out} is a directory; --out names the page itself.`);
}

/** @throws UsageError */
function requireName(out: string): void {
  if (/\.html?$/i.test(out)) return;
  throw new UsageError(`--out takes a name that ends in .html, which browsers open; not ${out}.`);
}

async function* textOf(before: string, files: readonly SourceFile[], after: string): AsyncGenerator<string> {
  yield before;
  yield* piecesOf(files);
  yield after;
}

async function* count(
  texts: AsyncIterable<string>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const text of texts) {
    const bytes = utf8Encode(text);
    onBytes(bytes.length);
    yield bytes;
  }
}

/** What was written. */
interface Written {
  readonly out: string;
  readonly bytes: number;
  /** Public keys, hexadecimal. */
  readonly trust: readonly string[];
  /** Recordings and signed editions in it. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

function formatReport({ out, bytes, trust, files }: Written): string {
  const carried = files.reduce((sum, file) => sum + file.bytes, 0);
  const content =
    files.length === 0 ? '' : `, with ${formatCount(files.length, 'file')} of ${formatBytes(carried)}`;
  const keys = trust.map((publisher) => `  ${fingerprint(publisher)}\n`).join('');
  return `${out} written, ${formatBytes(bytes)}${content}. It trusts the publisher with the fingerprint\n${keys}`;
}
