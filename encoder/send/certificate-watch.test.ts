import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCertificate, type CertificateFields, parseCertificate } from '../../codecs/auth/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { EncodeError } from '../error.js';
import { createKeys, type Keys, loadKeys, type UplinkKeys } from '../keys/keys.js';
import { createCertificateWatch } from './certificate-watch.js';
import type { UplinkEvent } from './monitoring/events.js';
import { createProblems } from './monitoring/problems.js';
import { testClock } from './testing.js';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

let work: string;
let keys: Keys;
let others: Keys;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-watch-'));
  const make = async (name: string) => {
    await createKeys(join(work, name), nodeCrypto, { now: NOW });
    return loadKeys(join(work, name), nodeCrypto, () => Promise.reject(new Error()), NOW);
  };
  keys = await make('keys');
  others = await make('others');
});
afterAll(() => rmSync(work, { recursive: true }));

async function certified(
  changes: Partial<CertificateFields>,
  publisher = keys.publisher,
): Promise<UplinkKeys> {
  const { uplinkPublicKey, tsi, notBefore, notAfter, generation } = keys.certificate;
  const fields = { uplinkPublicKey, tsi, notBefore, notAfter, generation, ...changes };
  const certificateBytes = await buildCertificate(nodeCrypto, publisher, fields);
  const certificate = parseCertificate(certificateBytes);
  return {
    publisherKey: publisher,
    uplinkSeed: keys.uplinkSeed,
    certificateBytes,
    certificate,
    successions: [],
  };
}

function watchWith(first: UplinkKeys, read: () => Promise<UplinkKeys>) {
  const events: UplinkEvent[] = [];
  const onEvent = (event: UplinkEvent) => void events.push(event);
  const taken: UplinkKeys[] = [];
  const clock = testClock(NOW);
  const watch = createCertificateWatch({
    keys: first,
    readKeys: read,
    clock,
    onEvent,
    problems: createProblems(onEvent, clock.unix),
    onTaken: (next) => void taken.push(next),
  });
  const stop = new AbortController();
  const running = watch.run(stop.signal);
  return {
    clock,
    watch,
    taken,
    messages: () => events.map((event) => ('message' in event ? event.message : event.type)),
    async reload() {
      watch.reload();
      await clock.advance(10);
    },
    async end() {
      stop.abort();
      await clock.advance(10);
      await running;
    },
  };
}

describe('the watch over the uplink certificate', () => {
  it('warns once 90, 30 and 7 days before its end, and at its end', async () => {
    const notAfter = (NOW + 100 * DAY) / 1000;
    const first = await certified({ notAfter });
    const { clock, messages, end } = watchWith(first, async () => first);
    const days: number[] = [];
    for (let day = 0; day <= 102; day++) {
      if (messages().length > days.length) days.push(100 - day);
      clock.set(DAY);
      await clock.advance(60_001);
    }
    expect(days).toEqual([90, 30, 7, 0]);
    expect(messages()[0]).toMatch(/in 89 days/);
    expect(messages().at(-1)).toMatch(/was valid until/);
    await end();
  });

  it('warns at the start when there is little time left', async () => {
    const notAfter = (NOW + 5 * DAY) / 1000;
    const first = await certified({ notAfter });
    const { clock, messages, end } = watchWith(first, async () => first);
    await clock.advance(10);
    expect(messages()).toEqual([expect.stringMatching(/in 5 days/)]);
    await end();
  });

  it('takes up the next certificate, and keeps the present one otherwise, with a sentence', async () => {
    let next: UplinkKeys | Error = keys;
    const read = async () => {
      if (next instanceof Error) throw next;
      return next;
    };
    const { watch, messages, taken, reload, end } = watchWith(keys, read);
    const { generation, tsi, notBefore } = keys.certificate;
    await reload();
    expect(messages()).toEqual([]);
    const refused: [UplinkKeys | Error, RegExp][] = [
      [new Error('uplink.cert is damaged.'), /is damaged.* stays in use/],
      [await certified({ generation: generation - 1 }), /older than the one in use .* stays in use/],
      [await certified({ notBefore: notBefore - 1 }), /older than the one in use/],
      [await certified({ tsi: tsi === 1 ? 2 : 1 }), /is for TSI .* stays in use/],
      [await certified({}, others.publisher), /of another publisher/],
    ];
    for (const [other, message] of refused) {
      next = other;
      await reload();
      expect(messages().at(-1)).toMatch(message);
      expect(watch.keys).toBe(keys);
    }
    expect(taken).toEqual([]);
    next = await certified({ generation: generation + 1, notAfter: NOW / 1000 + 400 * 86_400 });
    await reload();
    expect(taken).toEqual([next]);
    expect(messages().at(-1)).toBe('certificate');
    expect(watch.keys).toBe(next);
    await reload();
    expect(taken).toHaveLength(1);
    await end();
  });

  it('looks every minute by itself, and has patience with files that are being copied', async () => {
    let next: UplinkKeys | Error = keys;
    const read = async () => {
      if (next instanceof Error) throw next;
      return next;
    };
    const { clock, messages, taken, end } = watchWith(keys, read);
    await clock.advance(10);
    next = new EncodeError('uplink.cert is damaged.');
    await clock.advance(60_000);
    expect(messages()).toEqual([]);
    await clock.advance(60_000);
    await clock.advance(60_000);
    expect(messages()).toEqual(['uplink.cert is damaged. The certificate before it stays in use.']);
    next = await certified({ generation: keys.certificate.generation + 1 });
    await clock.advance(60_000);
    expect(taken).toEqual([next]);
    expect(messages().at(-1)).toBe('certificate');
    // the same certificate, and statements of succession beside it
    next = { ...next, successions: [new Uint8Array(234)] };
    await clock.advance(60_000);
    expect(taken).toHaveLength(2);
    expect(messages().at(-1)).toBe('successions');
    await clock.advance(120_000);
    expect(taken).toHaveLength(2);
    await end();
  });

  it('tells of a successor, who is taken up at the next start', async () => {
    const next = await certified({}, others.publisher);
    const { clock, messages, end } = watchWith(keys, async () => next);
    await clock.advance(60_100);
    expect(messages()).toEqual([
      expect.stringMatching(/of another publisher: that takes effect at the next start/),
    ]);
    await end();
  });
});
