import { describe, expect, it } from 'vitest';
import type { ReceiverEvents } from '../engine/ports/events.js';
import type { ObjectStatus, Receiver } from '../engine/receiver.js';
import { createProgressEvents } from './display.js';
import { createProgressMeter } from './edition-progress.js';
import { describeListenEvent, type EditionProgress, type ListenEvent } from './events.js';
import { createInputWatch } from './input/input-watch.js';
import { createLog } from './log.js';
import { reportRejections } from './rejections.js';

const edition = { publisher: 'A', bundle: 'news', sequence: 5 };

describe('the meter', () => {
  const status = (received: number): ObjectStatus => ({
    object: {
      id: 'x',
      session: { tsi: 1, destination: undefined, publisher: 'A' },
      toi: 5,
      contentLocation: '',
      contentType: undefined,
      contentEncoding: undefined,
      transferLength: 100_000,
      fecEncodingId: 6,
      symbolSize: 1000,
      blocks: 1,
      sourceSymbols: 100,
      edition: { publisher: 'A', name: 'news', sequence: 5, sha256: new Uint8Array(32), signature: '' },
    },
    state: 'receiving',
    blocks: [{ sbn: 0, sourceSymbols: 100, received, rebuilt: false }],
  });

  it('tells rate and time left', () => {
    const meter = createProgressMeter();
    expect(meter.sample([status(10)], 0)).toMatchObject([
      { received: 10, needed: 100, secondsLeft: undefined },
    ]);
    // ten symbols of 8,000 bits each second
    for (const second of [1, 2, 3]) meter.sample([status(10 + 10 * second)], 1000 * second);
    const [progress] = meter.sample([status(50)], 4000);
    expect(progress!.rate).toBeCloseTo(80_000);
    expect(progress!.secondsLeft).toBeCloseTo(5);
  });

  it('counts no more than a block needs, and forgets what is gone', () => {
    const meter = createProgressMeter();
    expect(meter.sample([status(120)], 0)).toMatchObject([{ received: 100 }]);
    expect(meter.sample([], 1000)).toEqual([]);
    expect(meter.sample([status(20)], 2000)).toMatchObject([{ rate: 0 }]);
  });
});

describe('lines of a log', () => {
  it('tell of each edition at most every ten seconds, and only when there is progress', () => {
    let now = 0;
    const events: ListenEvent[] = [];
    const tell = createProgressEvents(
      (event) => events.push(event),
      () => now,
    );
    const progress = (received: number): EditionProgress => ({
      ...edition,
      received,
      needed: 1000,
      rate: 8000,
      secondsLeft: 10,
    });
    for (; now < 60_000; now += 1000)
      tell([progress(Math.min(35, now / 1000)), { ...progress(5), bundle: 'b' }]);
    expect(events.filter((event) => event.type === 'progress' && event.bundle === 'news')).toHaveLength(4);
    expect(events.filter((event) => event.type === 'progress' && event.bundle === 'b')).toHaveLength(1);
  });

  it('tell of rejections once a minute for each reason', () => {
    let now = 0;
    const messages: string[] = [];
    let reject: (event: ReceiverEvents['rejected']) => void = () => {};
    const receiver = {
      on: (_: string, listener: typeof reject) => (reject = listener),
    } as unknown as Receiver;
    reportRejections(
      receiver,
      (event) => event.type === 'problem' && messages.push(event.message),
      () => now,
    );
    for (; now < 120_000; now += 10) {
      reject({ reason: 'forged', detail: 'no word about this' });
      reject({ reason: 'bad-table', detail: 'a\u001b[2Jb' });
    }
    expect(messages).toEqual(['a\uFFFD[2Jb', 'a\uFFFD[2Jb']);
  });

  it('are sentences, or JSON', () => {
    const event: ListenEvent = {
      type: 'progress',
      ...edition,
      received: 1,
      needed: 3,
      rate: 2.5e6,
      secondsLeft: 3725,
    };
    expect(describeListenEvent(event)).toBe('news, edition 5: 33 %, 2.50 Mbit/s, 1:02:05 left.');
    const lines: string[] = [];
    createLog(
      'json',
      (line) => lines.push(line),
      () => 0,
    )(event);
    expect(JSON.parse(lines[0]!)).toEqual({ time: '1970-01-01T00:00:00.000Z', ...event });
  });
});

describe('the watch', () => {
  function watching() {
    const events: ListenEvent[] = [];
    const state = { now: 0, datagrams: 0, leftOut: 0, kernelDrops: 3 };
    const watch = createInputWatch(
      (event) => events.push(event),
      () => ({ ...state }),
      () => state.now,
    );
    return { events, state, watch };
  }

  it('tells of silence once, and of datagrams that come again', () => {
    const { events, state, watch } = watching();
    for (; state.now <= 90_000; state.now += 1000) watch.check();
    state.datagrams++;
    watch.check();
    watch.check();
    expect(events).toEqual([
      { type: 'silent', seconds: 60 },
      { type: 'heard', seconds: 91 },
    ]);
  });

  it('tells of losses in this machine every ten seconds at most', () => {
    const { events, state, watch } = watching();
    for (; state.now < 20_000; state.now += 1000) {
      state.kernelDrops++;
      if (state.now === 5000) state.leftOut += 7;
      watch.check();
    }
    expect(events).toEqual([
      { type: 'lost', kernel: 1, program: 0 },
      { type: 'lost', kernel: 10, program: 7 },
    ]);
  });
});
