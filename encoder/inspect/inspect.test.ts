import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildAlc, buildLct } from '../../codecs/alc/index.js';
import { objectIdOf, signBatch } from '../../codecs/auth/index.js';
import { type FecSchemes, loadFecSchemes, noCode } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPcapFlow, PcapError, pcapHeader } from '../../codecs/pcap/index.js';
import { AUTH_OFFSET, blankAuth, SHORT_IDENTIFIERS } from '../session/session.js';
import { inspectRecording } from './inspect.js';
import { formatInspection, inspectionAsJson } from './inspect-report.js';

const FOREIGN = readFileSync(
  fileURLToPath(new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url)),
);

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

function recordingOf(payloads: Uint8Array[]): Uint8Array {
  const flow = createPcapFlow({
    source: '10.0.0.1',
    destination: '239.1.1.1',
    sourcePort: 1,
    destinationPort: 2,
  });
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
    const objectId = objectIdOf(nodeCrypto.sha256());
    await signBatch(nodeCrypto, new Uint8Array(32), 3, [{ datagram, authOffset: AUTH_OFFSET, objectId }], 0);
    const inspection = await inspect(recordingOf([datagram, datagram, Uint8Array.of(1, 2, 3)]));
    expect(inspection).toMatchObject({
      foreignDatagrams: 1,
      sessions: [
        {
          source: '10.0.0.1',
          destination: '239.1.1.1',
          port: 2,
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
    expect(formatInspection(inspection)).toContain('No file delivery table that could be used.');
    expect(formatInspection(inspection)).toContain('1 UDP datagrams that are not ALC');
  });

  it('says so when nothing is there', async () => {
    expect(formatInspection(await inspect(recordingOf([])))).toBe('The recording holds no ALC session.\n');
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
            formatInspection(inspection);
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
        formatInspection(inspection);
        JSON.stringify(inspectionAsJson(inspection));
      }),
      { numRuns: 200 },
    );
  });
});
