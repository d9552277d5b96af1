import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAlc, buildLct, parseAlc } from '../../codecs/alc/index.js';
import { objectIdOf, signBatch } from '../../codecs/auth/index.js';
import { concatBytes } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes, noCode } from '../../codecs/fec/index.js';
import { fingerprint, publisherId } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPcapFlow, PcapError, pcapHeader, readPcap } from '../../codecs/pcap/index.js';
import { type TestPublisher, testEdition, testPublisher } from '../../receiver/testing.js';
import { AUTH_OFFSET, blankAuth, SHORT_IDENTIFIERS } from '../session/session.js';
import { recordContent } from '../testing.js';
import { inspectRecording } from './inspect.js';
import { formatInspection } from './inspect-report.js';
import { inspectionAsJson } from './inspection-json.js';

const FOREIGN = readFileSync(
  fileURLToPath(new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url)),
);

/** Unix time in seconds. */
const CLOCK = Date.UTC(2026, 5, 1) / 1000;

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

function inspect(recording: Uint8Array) {
  return inspectRecording(
    async function* () {
      yield recording;
    },
    schemes,
    nodeCrypto,
  );
}

function recordingOf(payloads: Uint8Array[], destination = '239.1.1.1'): Uint8Array {
  const flow = createPcapFlow({ source: '10.0.0.1', destination, sourcePort: 1, destinationPort: 2 });
  const header = pcapHeader();
  const lengths = payloads.map(({ length }) => flow.recordLength(length));
  const recording = new Uint8Array(header.length + lengths.reduce((sum, length) => sum + length, 0));
  recording.set(header);
  let offset = header.length;
  for (const payload of payloads) offset = flow.write(recording, offset, 0n, payload);
  return recording;
}

describe('inspectRecording', () => {
  it('counts signed datagrams without a table as not to be checked', async () => {
    const session = { tsi: 3, authDepth: 0, mtu: 1500, packetOverhead: 28 };
    const header = buildLct({ tsi: 3, toi: 9, codepoint: 0, ...SHORT_IDENTIFIERS }, [blankAuth(session)]);
    const datagram = buildAlc(header, noCode, { sbn: 2, esi: 5 }, Uint8Array.of(1, 2, 3));
    const objectId = objectIdOf(nodeCrypto, nodeCrypto.sha256(), new Uint8Array(16));
    await signBatch(nodeCrypto, new Uint8Array(32), 3, [{ datagram, authOffset: AUTH_OFFSET, objectId }], 0);
    const inspection = await inspect(recordingOf([datagram, datagram, Uint8Array.of(1, 2, 3)]));
    expect(inspection).toMatchObject({
      foreignDatagrams: 1,
      sessions: [
        {
          source: '10.0.0.1',
          destinations: ['239.1.1.1:2'],
          tsi: 3,
          tables: [],
          objects: [
            {
              toi: 9,
              datagrams: 2,
              auth: { unknown: 2 },
              file: undefined,
              blocks: [{ sbn: 2, sourceReceived: 1 }],
            },
          ],
        },
      ],
    });
    expect(formatInspection(inspection, CLOCK)).toContain('No file delivery table that could be used.');
    expect(formatInspection(inspection, CLOCK)).toContain('1 UDP datagrams of no session that can be read');
  });

  it('takes all channels of a sender and TSI for one session', async () => {
    const header = buildLct({ tsi: 3, toi: 9, codepoint: 0, ...SHORT_IDENTIFIERS }, []);
    const datagrams = [0, 1].map((esi) => buildAlc(header, noCode, { sbn: 0, esi }, Uint8Array.of(1)));
    const recordings = ['239.1.1.1', '239.1.1.2'].map((to, i) => recordingOf([datagrams[i]!], to));
    const { sessions } = await inspect(concatBytes(...recordings));
    const object = { toi: 9, datagrams: 2, blocks: [{ sbn: 0, sourceReceived: 2 }] };
    expect(sessions).toMatchObject([{ destinations: ['239.1.1.1:2', '239.1.1.2:2'], objects: [object] }]);
  });

  it('tells of so many sessions and counts the others', async () => {
    const datagrams = Array.from({ length: 1030 }, (_, tsi) => {
      const header = buildLct({ tsi, toi: 9, codepoint: 0, ...SHORT_IDENTIFIERS }, []);
      return buildAlc(header, noCode, { sbn: 0, esi: 0 }, Uint8Array.of(1));
    });
    const inspection = await inspect(recordingOf(datagrams));
    expect(inspection.sessions).toHaveLength(1024);
    expect(formatInspection(inspection, CLOCK)).toContain('(6 ALC of too many sessions)');
  });

  it('says so when nothing is there', async () => {
    expect(formatInspection(await inspect(recordingOf([])), CLOCK)).toBe(
      'The recording holds no ALC session.\n',
    );
  });

  it('survives recordings with any damage', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(FOREIGN.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 200 }),
        fc.integer({ min: 0, max: FOREIGN.length }),
        async (changes, length) => {
          const damaged = new Uint8Array(FOREIGN).slice(0, length);
          for (const [offset, byte] of changes) if (offset < length) damaged[offset] = byte;
          try {
            const inspection = await inspect(damaged);
            formatInspection(inspection, CLOCK);
            JSON.stringify(inspectionAsJson(inspection));
          } catch (error) {
            expect(error).toBeInstanceOf(PcapError);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('survives hostile datagrams', async () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // headers that are sound, and anything behind them
      fc
        .tuple(fc.constantFrom(0, 6), fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 120 }))
        .map(([codepoint, toi, rest]) =>
          Uint8Array.of(0x10, 0x10, 3, codepoint, 0, 0, 0, 0, 0, 1, 0, toi, ...rest),
        ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 20 }), async (payloads) => {
        const inspection = await inspect(recordingOf(payloads));
        formatInspection(inspection, CLOCK);
        JSON.stringify(inspectionAsJson(inspection));
      }),
      { numRuns: 200 },
    );
  });
});

describe('who has signed', () => {
  it('is told of the key, and what nobody has signed is marked', async () => {
    const publisher = await testPublisher(nodeCrypto, 1);
    const stranger = await testPublisher(nodeCrypto, 2);
    const shown = async (by: TestPublisher) => {
      const edition = await testEdition({
        crypto: nodeCrypto,
        schemes,
        publisher: by,
        parts: [randomBytes(99)],
      });
      const inspection = await inspect(
        recordingOf([...(await edition.announce()), ...(await edition.send())]),
      );
      const { tables, editions } = JSON.parse(JSON.stringify(inspectionAsJson(inspection))).sessions[0];
      return {
        text: formatInspection(inspection, CLOCK),
        certificate: tables[0].certificate,
        edition: editions[0],
      };
    };
    const print = fingerprint(publisherId(publisher));

    const genuine = await shown(publisher);
    expect(genuine.text).toContain(`    certificate of publisher ${print}, generation 1, 1970-01-01 to`);
    expect(genuine.text).toContain(`Edition 5 of news, signed by publisher ${print}, 1 part`);
    expect(genuine.certificate).toMatchObject({ publisher: publisherId(publisher), isSigned: true });
    expect(genuine.edition).toMatchObject({ publisher: publisherId(publisher) });

    // another key that was given the key id of the publisher's
    const namesake = await shown({ ...stranger, keyId: publisher.keyId });
    expect(namesake.text).not.toContain(print);
    expect(namesake.text).toContain(`signed by publisher ${fingerprint(publisherId(stranger))}`);

    // in the name of the publisher, by another key
    const forged = await shown({ ...stranger, publicKey: publisher.publicKey });
    expect(forged.text).toContain(
      `    FORGED certificate: it names publisher ${print}, who did not sign it (unverified: generation 1,`,
    );
    expect(forged.text).toMatch(/the first expires \S+ \(unverified\)/);
    expect(forged.text).toContain('NOT SIGNED by the publisher of the session');
    expect(forged.certificate.isSigned).toBe(false);
    expect(forged.edition.publisher).toBeUndefined();
  });
});

it('says so when an edition is dated ahead of the clock, if that is plausible', async () => {
  const publisher = await testPublisher(nodeCrypto, 1);
  const options = { crypto: nodeCrypto, schemes, publisher, parts: [randomBytes(99)] };
  const edition = await testEdition({ ...options, sequence: CLOCK + 90_000 });
  const inspection = await inspect(recordingOf(await edition.announce()));
  expect(formatInspection(inspection, CLOCK)).toContain(
    `    dated ahead: sequence number ${CLOCK + 90_000} stands for 2026-06-02 01:00 UTC, and the clock says 2026-06-01 00:00 UTC`,
  );
  for (const clock of [CLOCK + 3600, 0]) {
    expect(formatInspection(inspection, clock)).not.toContain('dated ahead');
  }
});

describe('an edition', () => {
  let work: string;
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'datacast-inspect-'));
    mkdirSync(join(work, 'content'));
    writeFileSync(join(work, 'content', 'index.html'), '<p>날씨</p>');
    for (let i = 0; i < 60; i++) writeFileSync(join(work, 'content', `${i}.mp3`), randomBytes(20_000));
    for (const name of ['a.mp4', 'b.mp4']) writeFileSync(join(work, 'content', name), randomBytes(1_100_000));
    await recordContent(work, 0.1, 3);
  });
  afterAll(() => rmSync(work, { recursive: true }));

  /** The recording without the datagrams that `isLost` names by TOI. */
  async function inspectWithout(isLost: (toi: number) => boolean) {
    const payloads: Uint8Array[] = [];
    for await (const { payload } of readPcap([new Uint8Array(readFileSync(join(work, 'sent.pcap')))])) {
      if (!isLost(parseAlc(payload, schemes).lct.toi!)) payloads.push(payload.slice());
    }
    const inspection = await inspect(recordingOf(payloads));
    return { edition: inspection.sessions[0]!.editions[0]!, text: formatInspection(inspection, CLOCK) };
  }

  it('is shown by the classes of its parts', async () => {
    const { edition, text } = await inspectWithout(() => false);
    expect(edition).toMatchObject({ sequence: 17, name: 'content', problem: undefined });
    expect(edition.signature!.trustedComment).toBe('datacast sequence:17 name:content');
    expect(edition.parts!.every(({ symbols, toi }) => symbols === 'enough' && toi !== undefined)).toBe(true);
    expect(text).toMatch(/front +enough symbols for 1 of 1 part; 1 file/);
    expect(text).toMatch(/sound +enough symbols for (\d+) of \1 parts; 60 files/);
    expect(text).toMatch(/film +enough symbols for 2 of 2 parts; 2 files/);
    expect(text.split('\n').length).toBeLessThan(12);
  });

  it('shows what is missing', async () => {
    const { edition } = await inspectWithout(() => false);
    const [film, other] = edition.parts!.filter((part) => part.class === 'film');
    let count = 0;
    const { text } = await inspectWithout(
      (toi) => toi === film!.toi || (toi === other!.toi && count++ % 2 === 0),
    );
    expect(text).toMatch(/film +enough symbols for 0 of 2 parts/);
    const without = await inspectWithout((toi) => toi === edition.toi);
    expect(without.edition).toMatchObject({ parts: undefined, name: undefined });
    expect(without.text).toMatch(/Edition 17, signed by publisher \d{5}( \d{5}){7}\n/);
    expect(without.text).toMatch(/index incomplete\n.*Object TOI \d+, content\.json\.zst.*; 0 datagrams/);
  });
});
