import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../codecs/node/terminal/width.js';
import type { FlowStatus } from '../multiplex/flow-status.js';
import type { UplinkStatus } from '../uplink-options.js';
import type { UplinkEvent } from './events.js';
import { createLog } from './log.js';
import { secondsLeft, statusLine } from './status.js';

const FLOW: FlowStatus = {
  name: 'news',
  sequence: 7,
  parts: 95,
  changed: 3,
  weight: 1,
  symbols: 150,
  bytes: 225_000,
  passes: 1,
  passDone: 0.5,
  passLeft: 500,
  datagramsLeft: 1000,
  silentUntil: undefined,
};
const STATUS: UplinkStatus = {
  destinations: ['239.255.0.1:4001'],
  tsi: 7,
  rate: 2e6,
  flows: [FLOW, { ...FLOW, name: 'weather', silentUntil: 1 }],
  tables: 12,
  queued: 0,
  certificateEnd: 1_922_000_000,
  stats: { datagrams: 1234, bytes: 1_851_000, errors: 0, lostTime: 0, lateness: 0, destinations: [] },
  packing: undefined,
  unsaved: 0,
  interfaceReturns: 0,
  problems: [],
};

describe('status line', () => {
  it('says rate, bundles and time left', () => {
    expect(statusLine(STATUS, 1_999_000, 3725, 200)).toBe(
      '2.00 Mbit/s of 2.00 Mbit/s | 1,234 datagrams | news pass 2, 50 % | weather waits | 12 tables | 01:02:05 left',
    );
    const problems = [{ message: 'It is gone.', since: 0 }];
    expect(statusLine({ ...STATUS, problems }, 0, undefined, 200)).toMatch(/12 tables \| 1 problem$/);
    const packing = { ...STATUS, flows: [], packing: { bundle: 'news', done: 1, total: 3 } };
    expect(statusLine(packing, 0, undefined, 200)).toMatch(/nothing on the air \| packing news 33 %$/);
    expect(statusLine(STATUS, 64_000, undefined, 30)).toBe('64.0 kbit/s');
    expect(statusLine(STATUS, 64_000, 5, 40)).toBe('64.0 kbit/s | 00:00:05 left');
    const korean = { ...STATUS, flows: [{ ...FLOW, name: '하늘에서 온 소식과 날씨' }] };
    expect(statusLine(korean, 2e6, 5, 79)).toBe(
      '2.00 Mbit/s of 2.00 Mbit/s | 하늘에서… pass 2, 50 % | 00:00:05 left',
    );
    const many = { ...STATUS, flows: Array.from({ length: 200 }, () => FLOW) };
    expect(statusLine(many, 1_999_000, 3725, 110)).toBe(
      '2.00 Mbit/s of 2.00 Mbit/s | 1,234 datagrams | news pass 2, 50 % | 199 more | 12 tables | 01:02:05 left',
    );
  });

  it('has no more columns than there are, and begins with the rate', () => {
    const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(names, fc.integer({ min: 11, max: 200 }), (all, columns) => {
        const flows = all.map((name) => ({ ...FLOW, name: name.replaceAll(/\p{C}/gu, '') }));
        const line = statusLine({ ...STATUS, flows }, 64_000, 3725, columns);
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(line).toMatch(/^64\.0 kbit\/s/);
      }),
    );
  });

  it('reckons the time left from the passes that are left', () => {
    expect(secondsLeft(STATUS, 1500)).toBe(12);
    expect(
      secondsLeft({ ...STATUS, flows: [FLOW, { ...FLOW, datagramsLeft: undefined }] }, 1500),
    ).toBeUndefined();
    expect(secondsLeft({ ...STATUS, flows: [] }, 1500)).toBeUndefined();
  });
});

describe('log', () => {
  it('writes events as sentences or JSON', () => {
    const event: UplinkEvent = { type: 'problem', bundle: 'news', message: 'It is gone.' };
    const lines: string[] = [];
    createLog(
      'text',
      (line) => lines.push(line),
      () => 0,
    )(event);
    createLog(
      'json',
      (line) => lines.push(line),
      () => 0,
    )(event);
    expect(lines[0]).toBe('1970-01-01T00:00:00.000Z news: It is gone.');
    expect(JSON.parse(lines[1]!)).toEqual({ time: '1970-01-01T00:00:00.000Z', ...event });
  });

  it('says how many parts are packed, and how many an edition has changed', () => {
    const lines: string[] = [];
    const log = createLog(
      'text',
      (line) => lines.push(line.slice(25)),
      () => 0,
    );
    log({
      type: 'packing',
      bundle: 'news',
      parts: 95,
      toPack: 3,
      leftOut: { system: ['.DS_Store'], pattern: [] },
    });
    const counts = { bytes: 95_000_000, parts: 95, changed: 3, passDatagrams: 75_000, symbolsBefore: 0 };
    log({ type: 'edition', bundle: 'news', sequence: 7, ...counts });
    expect(lines).toEqual([
      'news: packing 3 of 95 parts. Left out: .DS_Store: of systems and editors, which identify a publisher.',
      'news: edition 7 is on the air, 95,000,000 bytes, 3 of 95 parts changed, 75,000 datagrams a pass.',
    ]);
  });

  it('writes one pass of a bundle a minute', () => {
    const lines: string[] = [];
    let time = 10_000;
    const log = createLog(
      'text',
      (line) => lines.push(line),
      () => time,
    );
    for (let pass = 1; pass <= 30; pass++) {
      log({ type: 'pass', bundle: 'news', sequence: 7, pass });
      time += 6000;
    }
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/news: pass 21 of edition 7/);
  });
});
