import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareDirectories, runProgram } from '../../fixtures/job.js';
import { requireTool } from '../../fixtures/tools.js';

/**
 * A receiver without a line of ours: tshark takes the datagrams apart, npm raptorq decodes, minisign checks the
 * signature, zstd and tar unpack. The content is of a size that makes K = 101, a K' of Table 2, because the package
 * numbers repair symbols right only where K = K' (see bench/peers/raptorq-npm.ts).
 */
const CONTENT_BYTES = 138_600;
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

/** One line for each datagram: TOI, ESI, UDP payload and the tags of XML in it. */
function dissect(recording: string): { toi: number; esi: number; payload: Uint8Array; xml: string }[] {
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
      // what follows the LCT header and the FEC payload ID of four bytes
      return { toi: Number(toi), esi: Number(esi), payload: bytes.subarray(Number(headerLength) + 4), xml };
    });
}

it('rebuilds a bundle with tshark, npm raptorq, minisign, zstd and tar alone', async (context) => {
  for (const tool of ['tshark', 'minisign', 'zstd', 'tar'] as const) if (!requireTool(tool, context)) return;
  ours('datacast', 'keygen', '--out', at('keys'), '--no-password');
  ours(
    'datacast',
    'encode',
    at('content'),
    '--keys',
    at('keys'),
    '--out',
    at('sent.pcap'),
    '--repair',
    '40',
    '--mtu',
    '1496',
  );
  const datagrams = dissect(at('sent.pcap'));

  const tag = datagrams.find(({ toi }) => toi === 0)!.xml;
  const attribute = (name: string) =>
    new RegExp(`\\b${name}="([^"]*)"`).exec(tag.replaceAll('\\"', '"'))![1]!;
  const length = Number(attribute('Transfer-Length'));
  const toi = Number(attribute('TOI'));
  expect(Number(attribute('FEC-OTI-Encoding-Symbol-Length'))).toBe(SYMBOL_SIZE);
  expect(attribute('FEC-OTI-Scheme-Specific-Info')).toBe('AQABBA=='); // Z = 1, N = 1, Al = 4
  expect(Math.ceil(length / SYMBOL_SIZE)).toBe(K);

  const specifier = 'raptorq/raptorq.js';
  const raptorq = await import(specifier);
  raptorq.initSync(readFileSync(new URL('../../node_modules/raptorq/raptorq_bg.wasm', import.meta.url)));
  const decoder = raptorq.Decoder.with_defaults(BigInt(length), SYMBOL_SIZE);
  let object: Uint8Array | undefined;
  // every fourth source symbol is lost
  for (const { esi, payload } of datagrams.filter((d) => d.toi === toi && (d.esi >= K || d.esi % 4 !== 0))) {
    const packet = Buffer.alloc(4 + payload.length);
    packet.writeUInt32BE(esi, 0); // source block 0
    packet.set(payload, 4);
    object ??= decoder.decode(packet);
  }
  expect(object?.length).toBe(length);
  expect(createHash('sha256').update(object!).digest('base64')).toBe(attribute('dc:SHA256'));

  writeFileSync(at('bundle.tar.zst'), object!);
  const [signature, globalSignature, ...comment] = attribute('dc:Signature').split(' ');
  const lines = [
    'untrusted comment: from the FDT',
    signature,
    `trusted comment: ${comment.join(' ')}`,
    globalSignature,
  ];
  writeFileSync(at('bundle.tar.zst.minisig'), `${lines.join('\n')}\n`);
  execFileSync('minisign', ['-V', '-q', '-p', at('keys/publisher.pub'), '-m', at('bundle.tar.zst')]);
  execFileSync('zstd', ['-d', '-q', at('bundle.tar.zst'), '-o', at('bundle.tar')]);
  mkdirSync(at('unpacked'));
  execFileSync('tar', ['-xf', at('bundle.tar'), '-C', at('unpacked')], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  rmSync(at('unpacked/.datacast-manifest.json'));
  expect(compareDirectories(at('content'), at('unpacked'))).toBe(2);
});
