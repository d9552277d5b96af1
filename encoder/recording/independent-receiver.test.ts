import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareDirectories, runProgram } from '../../fixtures/job.js';
import { requireTool } from '../../fixtures/tools.js';

/**
 * A receiver without a line of ours: tshark takes the datagrams apart, npm raptorq decodes, minisign checks the index,
 * sha256sum the parts that it lists, zstd and tar unpack them. The largest part is of a size that makes K = 101, a K' of
 * Table 2, because the package numbers repair symbols right only where K = K' (see bench/codec/raptorq-npm.ts); the
 * other objects are of one symbol.
 */
const CONTENT_BYTES = 137_400;
const SYMBOL_SIZE = 1384;
const K = 101;

let work = '';
const at = (name: string) => join(work, name);

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-independent-'));
  mkdirSync(at('content/소식'), { recursive: true });
  writeFileSync(at('content/소식/사진.bin'), randomBytes(CONTENT_BYTES));
  writeFileSync(at('content/index.html'), '<p>날씨</p>\n');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function ours(program: 'datacast', ...args: string[]): void {
  const { status, stderr } = runProgram(program, args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
}

interface Dissected {
  readonly toi: number;
  readonly esi: number;
  /** The symbol. */
  readonly payload: Uint8Array;
  /** Tags of the XML in it. */
  readonly tags: readonly string[];
}

function dissect(recording: string): Dissected[] {
  const fields = ['rmt-lct.toi', 'rmt-fec.esi', 'udp.payload', 'rmt-lct.hlen', 'xml.tag'];
  const args = ['-r', recording, '-d', 'udp.port==4001,alc', '-T', 'fields', '-E', 'aggregator=\u0001'];
  const text = execFileSync('tshark', [...args, ...fields.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [toi, esi, hex, headerLength, xml = ''] = line.split('\t');
      const bytes = Buffer.from(hex!.replaceAll(':', ''), 'hex');
      const tags = xml.replaceAll('\\"', '"').match(/<[^>]*>/g) ?? [];
      // what follows the LCT header and the FEC payload ID of four bytes
      return { toi: Number(toi), esi: Number(esi), payload: bytes.subarray(Number(headerLength) + 4), tags };
    });
}

/** The attributes of all files that tables announce; those of a table count for each of its files. */
function announcedFiles(datagrams: readonly Dissected[]): Map<string, Record<string, string>> {
  const attributesOf = (tag: string) =>
    Object.fromEntries([...tag.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
  const files = new Map<string, Record<string, string>>();
  for (const { tags } of datagrams) {
    let table = {};
    for (const tag of tags) {
      if (tag.startsWith('<FDT-Instance')) table = attributesOf(tag);
      if (!tag.startsWith('<File')) continue;
      const file = { ...table, ...attributesOf(tag) };
      files.set(file['dc:SHA256' as never], file);
    }
  }
  return files;
}

type Decode = (datagrams: readonly Dissected[], file: Record<string, string>) => Uint8Array;

/** A small object without a code: npm raptorq takes symbol sizes that are multiples of 8 alone. */
function sourceSymbols(datagrams: readonly Dissected[], symbolSize: number, length: number): Uint8Array {
  const source = datagrams.filter(({ esi }) => esi < Math.ceil(length / symbolSize));
  const inOrder = source.sort((a, b) => a.esi - b.esi).map(({ payload }) => payload);
  return Buffer.concat(inOrder).subarray(0, length);
}

/** npm raptorq, loaded by a name that the compiler does not look for. */
async function loadDecoder(): Promise<Decode> {
  const specifier = 'raptorq/raptorq.js';
  const raptorq = await import(specifier);
  raptorq.initSync(readFileSync(new URL('../../node_modules/raptorq/raptorq_bg.wasm', import.meta.url)));
  return (datagrams, file) => {
    expect(file['FEC-OTI-Scheme-Specific-Info']).toBe('AQABBA=='); // Z = 1, N = 1, Al = 4
    const length = Number(file['Transfer-Length']);
    const symbolSize = Number(file['FEC-OTI-Encoding-Symbol-Length']);
    const ofObject = datagrams.filter(({ toi }) => toi === Number(file.TOI));
    if (symbolSize !== SYMBOL_SIZE) return sourceSymbols(ofObject, symbolSize, length);
    const decoder = raptorq.Decoder.with_defaults(BigInt(length), SYMBOL_SIZE);
    // every fourth source symbol of the large part is lost
    const arrived = ofObject.filter(({ esi }) => esi >= K || esi % 4 !== 0);
    let object: Uint8Array | undefined;
    for (const { esi, payload } of arrived) {
      const packet = Buffer.alloc(4 + payload.length);
      packet.writeUInt32BE(esi, 0); // source block 0
      packet.set(payload, 4);
      object ??= decoder.decode(packet);
    }
    expect(object?.length).toBe(length);
    return object!;
  };
}

const run = (tool: string, ...args: string[]) =>
  execFileSync(tool, args, { cwd: work, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });

it('rebuilds an edition with tshark, npm raptorq, minisign, sha256sum, zstd and tar alone', async (context) => {
  for (const tool of ['tshark', 'minisign', 'zstd', 'tar'] as const) if (!requireTool(tool, context)) return;
  ours('datacast', 'keygen', '--out', at('keys'), '--no-password');
  const coding = ['--repair', '40', '--mtu', '1496'];
  ours('datacast', 'sign', at('content'), '--publisher', at('keys'), '--out', at('signed'));
  ours('datacast', 'encode', at('signed'), '--keys', at('keys'), '--out', at('sent.pcap'), ...coding);
  const datagrams = dissect(at('sent.pcap'));
  const files = announcedFiles(datagrams);
  const decode = await loadDecoder();

  const indexFile = [...files.values()].find((file) => 'dc:Signature' in file)!;
  writeFileSync(at('index.json.zst'), decode(datagrams, indexFile));
  const [signature, globalSignature, ...comment] = indexFile['dc:Signature']!.split(' ');
  const lines = [
    'untrusted comment: from the FDT',
    signature,
    `trusted comment: ${comment.join(' ')}`,
    globalSignature,
  ];
  writeFileSync(at('index.json.zst.minisig'), `${lines.join('\n')}\n`);
  run('minisign', '-V', '-q', '-p', 'keys/publisher.pub', '-m', 'index.json.zst');
  const index = JSON.parse(run('zstd', '-d', '-q', '-c', 'index.json.zst'));
  expect(index).toMatchObject({ format: 'datacast edition', name: 'content' });
  expect(comment.join(' ')).toBe(`datacast sequence:${index.sequence} name:content`);

  const symbols: number[] = [];
  mkdirSync(at('unpacked'));
  for (const [i, { sha256, bytes }] of index.parts.entries()) {
    const file = files.get(Buffer.from(sha256, 'hex').toString('base64'))!;
    const part = decode(datagrams, file);
    expect(part.length).toBe(bytes);
    symbols.push(Math.ceil(bytes / Number(file['FEC-OTI-Encoding-Symbol-Length'])));
    writeFileSync(at(`${i}.tar.zst`), part);
    writeFileSync(at('digests'), `${sha256}  ${i}.tar.zst\n`);
    expect(run('sha256sum', '-c', 'digests')).toBe(`${i}.tar.zst: OK\n`);
    run('zstd', '-d', '-q', `${i}.tar.zst`, '-o', `${i}.tar`);
    run('tar', '-xf', `${i}.tar`, '-C', 'unpacked');
  }
  expect(symbols).toEqual([1, K]);
  expect(compareDirectories(at('content'), at('unpacked'))).toBe(2);
});
