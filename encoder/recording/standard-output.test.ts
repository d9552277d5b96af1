import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cliOf, compareDirectories, type Program } from '../../fixtures/job.js';

let work: string;
const at = (name: string) => join(work, name);

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-standard-'));
  mkdirSync(at('news'));
  writeFileSync(at('news/index.html'), '<h1>소식</h1>'.repeat(5000));
  run('datacast', ['keygen', '--out', at('keys'), '--no-password']);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function run(program: Program, args: readonly string[], input?: Uint8Array) {
  const env = { ...process.env, TMPDIR: work };
  const ended = spawnSync(process.execPath, [cliOf(program), ...args], { input, env, maxBuffer: 2 ** 26 });
  expect(ended.stderr.toString()).not.toMatch(/Unexpected| {4}at /);
  expect(ended.status).toBe(0);
  return ended;
}

const encode = (...more: string[]) =>
  run('datacast', ['encode', at('news'), '--keys', at('keys'), '--out', '-', ...more]);
const receive = (recording: Uint8Array, out: string) =>
  run('datacast-receive', ['-', '--trust', at('keys/publisher.pub'), '--out', at(out)], recording);

it.each([
  ['a pcap recording', []],
  ['a transport stream', ['--ts-rate', '2M']],
])('encode writes %s to standard output, and the report elsewhere', (name, options) => {
  const { stdout, stderr } = encode(...options);
  expect(stderr.toString()).toMatch(/^Written +-, [\d,]+ bytes$/m);
  receive(stdout, name);
  expect(compareDirectories(at('news'), at(name))).toBe(1);
  // temporary files have no name
  expect(readdirSync(work).filter((each) => each.startsWith('.datacast'))).toEqual([]);
});

it('page reads a compressed recording from standard input and writes itself to standard output', () => {
  const recording = gzipSync(encode().stdout);
  const page = ['page', '--trust', at('keys/publisher.pub')];
  const { stdout } = run('datacast', [...page, '--content', '-', '--out', '-'], recording);
  expect(stdout.toString('utf8', 0, 15)).toBe('<!doctype html>');
  writeFileSync(at('recording.pcap.gz'), recording);
  run('datacast', [...page, '--content', at('recording.pcap.gz'), '--out', at('page.html')]);
  const carried = recording.toString('base64').slice(0, 1000);
  expect(stdout.includes(carried) && readFileSync(at('page.html')).includes(carried)).toBe(true);
});
