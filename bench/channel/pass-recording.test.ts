import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findExtension, HET, parseLct } from '../../codecs/alc/index.js';
import { objectIdOf, verifyDatagram } from '../../codecs/auth/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { describeError } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPcapReader, type UdpDatagram } from '../../codecs/pcap/index.js';
import { inspectRecording } from '../../encoder/index.js';
import { recordContent } from '../../encoder/testing.js';
import { createPrng } from './index.js';
import { overhearTables } from './overheard-tables.js';
import { passRecording, writeRecords } from './pass-recording.js';

const SEED = 4;
const io = { stdout: { write: () => {} }, stderr: { write: () => {} } };

let work = '';
const at = (name: string) => join(work, name);
const read = (path: string): UdpDatagram[] =>
  createPcapReader()
    .push(new Uint8Array(readFileSync(path)))
    .map((datagram) => ({ ...datagram }));

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-pass-'));
  mkdirSync(at('content'));
  writeFileSync(at('content/noise.bin'), createPrng(1).bytes(60_000));
  await recordContent(work, 0.2, 1);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('a recording with forgeries', () => {
  async function forged() {
    const quiet = { duplicate: 0, corrupt: 0, truncate: 0, reorder: 0 };
    const parameters = { seed: SEED, channel: { model: 'bernoulli', loss: 0 } as const, forge: 1, ...quiet };
    const report = await passRecording(at('sent.pcap'), at('forged.pcap'), parameters, io);
    return { report, sent: read(at('sent.pcap')), arrived: read(at('forged.pcap')) };
  }

  it('holds every genuine datagram, unchanged and in order', async () => {
    const { sent, arrived } = await forged();
    expect(arrived).toHaveLength(2 * sent.length);
    for (const [i, genuine] of sent.entries()) {
      // Each comes with its forgery, before or after it.
      const isGenuine = arrived
        .slice(2 * i, 2 * i + 2)
        .map((datagram) => Buffer.compare(Buffer.from(datagram.payload), Buffer.from(genuine.payload)) === 0);
      expect(isGenuine.filter(Boolean), `datagram ${i + 1}`).toHaveLength(1);
      expect(arrived[2 * i + isGenuine.indexOf(true)]).toEqual(genuine);
    }
  });

  it('holds forgeries signed for the right object, by the wrong key', async () => {
    const { report, sent, arrived } = await forged();
    const tables = overhearTables<UdpDatagram>(await loadFecSchemes());
    for await (const _ of tables.listen(sent));
    const attacker = await nodeCrypto.ed25519PublicKey(createPrng(SEED).fork('forge').bytes(32));
    let signed = 0;
    for (const { payload } of arrived) {
      const lct = payload[0] === 0x10 ? parseLct(payload) : undefined;
      const auth = lct && findExtension(lct, HET.AUTH);
      if (lct === undefined || auth === undefined || lct.toi === 0) continue;
      const objectId = tables.objectIdOf(lct);
      expect(objectId).not.toEqual(new Uint8Array(16));
      if (await verifyDatagram(nodeCrypto, attacker, lct.tsi!, payload, auth.offset, objectId)) signed++;
    }
    expect(signed).toBeGreaterThan(0);
    // The others of this kind are of the table, or were sent before the table was complete.
    expect(signed).toBeLessThanOrEqual(report.tally.forged['attacker-signed']!);
  });
});

describe('overheard tables', () => {
  it('name the object as an inspection of the recording does', async () => {
    const schemes = await loadFecSchemes();
    const tables = overhearTables<UdpDatagram>(schemes);
    const sent = read(at('sent.pcap'));
    for await (const _ of tables.listen(sent));
    async function* open() {
      yield new Uint8Array(readFileSync(at('sent.pcap')));
    }
    const { sessions } = await inspectRecording(open, schemes, nodeCrypto);
    const file = sessions[0]!.objects[0]!.file!;
    const lct = sent.map(({ payload }) => parseLct(payload)).find(({ toi }) => toi === file.toi)!;
    const scheme = schemes.get(file.fec.encodingId!)!;
    const fti = scheme.buildFti(scheme.parametersFrom(file.fec.attributes, file.transferLength!));
    expect(tables.objectIdOf(lct)).toEqual(objectIdOf(nodeCrypto, file.sha256!, fti));
    expect(tables.objectIdOf({ ...lct, toi: lct.toi! + 1 })).toEqual(new Uint8Array(16));
  });
});

describe('writing a recording', () => {
  it.skipIf(!existsSync('/dev/full'))('names the file when the disk is full', async () => {
    const descriptor = openSync('/dev/full', 'w');
    try {
      async function* none(): AsyncGenerator<UdpDatagram> {}
      const failed = await writeRecords({ descriptor, path: 'out.pcap' }, none(), { delivered: 0 }).catch(
        (error) => error,
      );
      expect(describeError(failed)).toBe('The disk is full: out.pcap could not be written. Free some space.');
    } finally {
      closeSync(descriptor);
    }
  });
});
