import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCertificate, parseCertificateFile, parseUplinkPublicKey } from '../../codecs/auth/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { runProgram } from '../testing-program.js';
import type { Certified } from './certificate-record.js';
import { nextGeneration } from './certify-command.js';
import { loadUplinkKeys } from './keys.js';

const NOW = Date.UTC(2026, 5, 1);
const YEAR = 365 * 86_400_000;

let work: string;
const at = (path: string) => join(work, path);
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-certify-'));
  await run(['keygen', '--publisher', '--out', at('publisher'), '--no-password']);
  await run(['keygen', '--uplink', '--out', at('uplink')]);
  copyFileSync(at('publisher/publisher.pub'), at('uplink/publisher.pub'));
});
afterEach(() => rmSync(work, { recursive: true }));

const runAt = (now: number, argv: string[]) => runProgram(argv, { now });
const run = (argv: string[]) => runAt(NOW, argv);

function certify(uplink: string, out: string, ...more: string[]) {
  return [
    'certify',
    '--publisher',
    at('publisher'),
    '--uplink',
    at(`${uplink}/uplink.pub`),
    '--out',
    at(out),
    ...more,
  ];
}
const certificateIn = (path: string) =>
  parseCertificate(parseCertificateFile(readFileSync(at(path), 'utf8')));

describe('datacast keygen and certify', () => {
  it('make keys apart, of which no machine has both secrets', async () => {
    await run(certify('uplink', 'uplink/uplink.cert'));
    const { certificate, publisherKey } = await loadUplinkKeys(at('uplink'), nodeCrypto, NOW);
    expect(certificate.generation).toBe(1);
    expect(certificate.publisherKey).toEqual(publisherKey.publicKey);
    expect(certificate.uplinkPublicKey).toEqual(
      parseUplinkPublicKey(readFileSync(at('uplink/uplink.pub'), 'utf8')),
    );
    expect(statSync(at('uplink/uplink.key')).mode & 0o777).toBe(0o600);
  });

  it('warn of a secret key that others may use', async () => {
    const secret = at('publisher/publisher.key');
    chmodSync(secret, 0o644);
    const { code, stderr } = await run(certify('uplink', 'uplink/uplink.cert'));
    expect(code).toBe(0);
    expect(stderr).toContain(`${secret} is secret, and others on this machine may use it (mode 644). `);
  });

  it('renew a certificate for the same key in the same generation, so that receivers keep what they have', async () => {
    await run(certify('uplink', 'uplink/uplink.cert', '--days', '400'));
    const before = certificateIn('uplink/uplink.cert');
    const renew = certify(
      'uplink',
      'uplink/uplink.cert',
      '--renew',
      at('uplink/uplink.cert'),
      '--days',
      '800',
    );
    const { code, stdout } = await runAt(NOW + YEAR, renew);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/generation 1, valid until 2029/),
    });
    const { tsi, generation, uplinkPublicKey } = before;
    expect(certificateIn('uplink/uplink.cert')).toMatchObject({ tsi, generation, uplinkPublicKey });
  });

  it('replace a stolen key in the same session by the next generation', async () => {
    await run(certify('uplink', 'uplink/uplink.cert'));
    const before = certificateIn('uplink/uplink.cert');
    await run(['keygen', '--uplink', '--out', at('new')]);
    await run(certify('new', 'new/uplink.cert', '--renew', at('uplink/uplink.cert')));
    expect(certificateIn('new/uplink.cert')).toMatchObject({ tsi: before.tsi, generation: 2 });
    // an old copy of a certificate does not lead back
    await run(['keygen', '--uplink', '--out', at('newer')]);
    await run(certify('newer', 'newer/uplink.cert', '--renew', at('uplink/uplink.cert')));
    expect(certificateIn('newer/uplink.cert')).toMatchObject({ tsi: before.tsi, generation: 3 });
    // nor is the certificate needed when it is lost
    await run(['keygen', '--uplink', '--out', at('last')]);
    await run(certify('last', 'last/uplink.cert', '--tsi', String(before.tsi)));
    expect(certificateIn('last/uplink.cert')).toMatchObject({ tsi: before.tsi, generation: 4 });
    const lower = await run(certify('last', 'x.cert', '--tsi', String(before.tsi), '--generation', '2'));
    expect(lower).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/lower than 4, which was certified/),
    });
    const { stdout } = await run(certify('last', 'y.cert'));
    expect(stdout).toMatch(new RegExp(`does not replace the keys of other sessions \\(TSI ${before.tsi}\\)`));
  });

  it('refuse what is damaged, of another publisher, or would overwrite something', async () => {
    await run(certify('uplink', 'uplink/uplink.cert'));
    expect((await run(certify('uplink', 'uplink/uplink.cert'))).stderr).toMatch(/exists already/);
    await run(['keygen', '--out', at('others'), '--no-password']);
    const foreign = await run(certify('uplink', 'x.cert', '--renew', at('others/uplink.cert')));
    expect(foreign.stderr).toMatch(/was not made by this publisher/);
    const secret = [
      'certify',
      '--publisher',
      at('publisher'),
      '--uplink',
      at('uplink/uplink.key'),
      '--out',
      at('x'),
    ];
    expect((await run(secret)).stderr).toMatch(/uplink\.key: /);
    writeFileSync(at('damaged'), 'untrusted comment: x\nAAAA\n');
    expect((await run(certify('uplink', 'x.cert', '--renew', at('damaged')))).stderr).toMatch(
      /damaged: .*damaged/,
    );
    expect((await run(['keygen', '--uplink', '--out', at('uplink')])).stderr).toMatch(/exists already/);
    const both = certify('uplink', 'x.cert', '--renew', at('uplink/uplink.cert'), '--tsi', '7');
    expect((await run(both)).code).toBe(2);
    writeFileSync(at('publisher/certificates.json'), '{"version":');
    expect((await run(certify('uplink', 'x.cert'))).stderr).toMatch(
      /certificates\.json is damaged: restore it/,
    );
  });
});

it('never gives another key a generation that was certified, nor goes back', () => {
  const uplink = fc.constantFrom('a', 'b', 'c').map((digit) => digit.repeat(64));
  const record = fc.record({ tsi: fc.nat(2), generation: fc.nat(5), uplink });
  fc.assert(
    fc.property(fc.array(record), fc.nat(2), uplink, (before: Certified[], tsi, key) => {
      const generation = nextGeneration({ tsi, uplink: key }, undefined, before);
      const ofSession = before.filter((each) => each.tsi === tsi);
      for (const each of ofSession) {
        expect(generation).toBeGreaterThanOrEqual(each.generation);
        if (each.generation === generation) expect(each.uplink).toBe(key);
      }
    }),
  );
});
