import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexPart, PartClass } from '../../codecs/edition/index.js';
import type { Receiver } from '../engine/interface.js';
import type { ReceiverEvents } from '../engine/ports/events.js';
import type { EditionStatus } from '../engine/room/status.js';
import { bundleState } from '../files/bundle-state.js';
import type { StandingBundle } from '../files/output-directory.js';
import { barText, createProgressEvents } from './display.js';
import { createProgressMeter } from './edition-progress.js';
import { describeListenEvent, type EditionProgress, type ListenEvent, progressText } from './events.js';
import { createInputWatch } from './input/input-watch.js';
import { createLog } from './log.js';
import { createProblems } from './problems.js';
import { reportRejections } from './rejections.js';

const PUBLISHER = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const edition = { publisher: PUBLISHER, bundle: 'news', sequence: 5 };
const going: EditionProgress = {
  ...edition,
  state: 'the front is there; text 2 of 3 parts; 3 of 14 films',
  parts: { there: 6, of: 18 },
  files: { there: 30, of: 57 },
  bytes: { there: 2000, of: 5000 },
  receivedBytes: 1000,
  neededBytes: 3000,
  rate: 8000,
  secondsLeft: 10,
};

describe('a bar', () => {
  it('says whole phrases in as many columns as there are', () => {
    const all = `33 % received, 8.00 kbit/s, less than a minute more at this rate; ${going.state}`;
    expect(barText(going, all.length)).toBe(all);
    expect(barText(going, all.length - 1)).toBe(`33 %, less than a minute more; ${going.state}`);
    expect(barText(going, 60)).toBe('33 %, less than a minute more; the front is there; …');
    expect(barText(going, 10)).toBe('33 %');
    const korean = { ...going, state: '뉴스; 뉴스' };
    expect(barText(korean, 41)).toBe('33 %, less than a minute more; 뉴스; 뉴스');
    expect(barText(korean, 40)).toBe('33 %, less than a minute more; 뉴스; …');
    expect(barText(korean, 37)).toBe('33 %, less than a minute more; …');
  });
});

describe('the meter', () => {
  const listed = (sha256: string, bytes: number, partClass: PartClass): IndexPart => {
    return { sha256, bytes, unpacked: 2 * bytes, files: 2, label: sha256, class: partClass };
  };
  const parts = [listed('a', 1000, 'front'), listed('b', 2000, 'text'), listed('c', 17_000, 'film')];
  const signed = { publisher: PUBLISHER, name: 'news', sequence: 5 };
  const index = { name: 'news', sequence: 5, parts };
  const there = new Set<string>();
  const stateOf = (sequence: number): StandingBundle => {
    const refused = new Map<string, string>();
    const state = bundleState(
      PUBLISHER,
      { ...index, sequence },
      { holds: (part) => there.has(part), refused, whole: false },
    );
    return { ...state, path: 'news' };
  };
  /** So many of 100 symbols of the film are there. */
  const status = (received: number, sequence = 5): EditionStatus => {
    const symbols = { received: 0, sourceSymbols: undefined };
    return {
      edition: { ...signed, sequence, sha256: '', signature: '' },
      index: { ...index, sequence },
      parts: [
        { part: parts[0]!, state: 'held', ...symbols },
        { part: parts[1]!, state: 'complete', received: 7, sourceSymbols: 7 },
        { part: parts[2]!, state: 'receiving', received, sourceSymbols: 100 },
      ],
    };
  };

  it('tells what there is in words, and rate and time left once they are known', () => {
    there.add('a').add('b');
    const meter = createProgressMeter({ state: () => stateOf(5) });
    const [first] = meter.sample([status(10)], 0);
    expect(first).toEqual({
      publisher: PUBLISHER,
      bundle: 'news',
      sequence: 5,
      state: 'the front is there; the text is there; 0 of 2 films',
      parts: { there: 2, of: 3 },
      files: { there: 4, of: 6 },
      bytes: { there: 6000, of: 40_000 },
      receivedBytes: 4700,
      neededBytes: 20_000,
      rate: 0,
      secondsLeft: undefined,
    });
    expect(progressText(first!)).toBe('23 % received, nothing of it comes in');
    // a symbol of 170 bytes each second
    for (const second of [1, 2, 3, 4]) {
      expect(meter.sample([status(10 + second)], 1000 * second)[0]!.secondsLeft).toBeUndefined();
    }
    const [progress] = meter.sample([status(15)], 5000);
    expect(progress!.rate).toBeCloseTo(1360);
    expect(progress!.secondsLeft).toBeCloseTo(85);
    expect(progressText(progress!)).toBe('27 % received, 1.36 kbit/s, about 2 minutes more at this rate');
  });

  it('never says nonsense of the time left, whatever comes in', () => {
    const any = fc.array(
      fc.record({ received: fc.nat(100), pause: fc.nat(100_000), sequence: fc.integer({ min: 5, max: 6 }) }),
    );
    fc.assert(
      fc.property(any, (samples) => {
        let now = 0;
        let sequence = 5;
        const meter = createProgressMeter({ state: () => stateOf(sequence) });
        for (const sample of samples) {
          ({ sequence } = sample);
          now += sample.pause;
          const [progress] = meter.sample([status(sample.received, sequence)], now);
          expect(progressText(progress!)).toMatch(
            /^\d+ % received(, nothing of it comes in|, [\d.]+ [kM]bit\/s(, (less than a minute|about [\d,]+ (minute|hour|day)s?) more at this rate)?)$/,
          );
        }
      }),
    );
  });

  it('is silent on what is complete, and on an edition that is not written yet', () => {
    there.add('a').add('b');
    const meter = createProgressMeter({ state: () => stateOf(5) });
    expect(meter.sample([status(10, 6)], 0)).toEqual([]);
    there.add('c');
    expect(meter.sample([status(10)], 0)).toEqual([]);
    there.delete('c');
    expect(meter.sample([], 0)).toEqual([]);
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
    const progress = (receivedBytes: number): EditionProgress => ({ ...going, receivedBytes });
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
    const onEvent = (event: ListenEvent) => event.type === 'problem' && messages.push(event.message);
    reportRejections(
      receiver,
      createProblems(onEvent, () => now),
    );
    for (; now < 120_000; now += 10) {
      reject({ reason: 'forged', detail: 'no word about this' });
      reject({ reason: 'bad-table', detail: 'a\u001b[2Jb' });
    }
    expect(messages).toEqual(['a\\u001b[2Jb', 'a\\u001b[2Jb']);
  });

  it('are sentences, or JSON', () => {
    const event: ListenEvent = { type: 'progress', ...going, rate: 2.5e6, secondsLeft: 1470 };
    expect(describeListenEvent(event)).toBe(
      'news, edition 5: the front is there; text 2 of 3 parts; 3 of 14 films; 33 % received, 2.50 Mbit/s, about 25 minutes more at this rate.',
    );
    const classes = [
      { class: 'front' as const, parts: 1, files: 3 },
      { class: 'text' as const, parts: 3, files: 40 },
      { class: 'film' as const, parts: 14, files: 14 },
    ];
    const size = { parts: 18, files: 57, bytes: 5_000_000, transferBytes: 4_000_000 };
    expect(describeListenEvent({ type: 'edition', ...edition, ...size, classes })).toBe(
      'news, edition 5 is announced: the front, the text, 14 films; 57 files, 5,000,000 bytes.',
    );
    const part = {
      part: 'ab',
      label: 'film/a.mp4',
      class: 'film' as const,
      files: 1,
      bytes: 1234,
      path: 'news',
    };
    expect(describeListenEvent({ type: 'part', ...edition, ...part, isHidden: false })).toBe(
      'news, edition 5: film/a.mp4 is written, 1 file, 1,234 bytes.',
    );
    expect(describeListenEvent({ type: 'part', ...edition, ...part, isHidden: true })).toBe(
      'news, edition 5: film/a.mp4 is kept until the edition is complete, 1 file, 1,234 bytes.',
    );
    expect(describeListenEvent({ type: 'complete', ...edition, path: 'news', files: 57, bytes: 5 })).toBe(
      'news, edition 5 is complete: 57 files, 5 bytes, in news.',
    );
    expect(describeListenEvent({ type: 'stopped', datagrams: 5, kept: 4, parts: 2, complete: 1 })).toBe(
      'Stopped after 5 datagrams: 2 parts written, 1 edition complete.',
    );
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
    const stream = { packets: 0, scrambled: 0, damaged: 0, gaps: 0, overflows: 0 };
    const state = { now: 0, datagrams: 0, leftOut: 0, kernelDrops: 3, stream };
    const probes = { open: 0, begun: 0 };
    const watch = createInputWatch({
      onEvent: (event) => events.push(event),
      tellProblem: (_, message) => events.push({ type: 'problem', message }),
      look: () => ({ ...state }),
      now: () => state.now,
      probe() {
        probes.open++;
        probes.begun++;
        return { explain: () => ['The cable is out.'], close: () => void probes.open-- };
      },
    });
    return { events, probes, state, watch };
  }

  it('tells of silence once, and of datagrams that come again', () => {
    const { events, probes, state, watch } = watching();
    for (; state.now <= 90_000; state.now += 1000) watch.check();
    state.datagrams++;
    watch.check();
    watch.check();
    expect(events).toEqual([
      { type: 'silent', seconds: 60, reasons: ['The cable is out.'] },
      { type: 'heard', seconds: 91 },
    ]);
    expect(probes).toEqual({ open: 0, begun: 1 });
    expect(describeListenEvent(events[0]!)).toBe('No datagram has come for 60 seconds. The cable is out.');
  });

  it('looks into a silence before it tells, and stops when datagrams come or it is over', () => {
    const { events, probes, state, watch } = watching();
    for (; state.now <= 30_000; state.now += 1000) watch.check();
    expect(probes).toEqual({ open: 1, begun: 1 });
    state.datagrams++;
    watch.check();
    expect(probes.open).toBe(0);
    for (; state.now <= 60_000; state.now += 1000) watch.check();
    expect(probes).toEqual({ open: 1, begun: 2 });
    watch.close();
    expect(probes.open).toBe(0);
    expect(events).toEqual([]);
  });

  it('counts the losses of a socket that joined again from nothing', () => {
    const { events, state, watch } = watching();
    state.kernelDrops = 0;
    watch.check();
    state.kernelDrops = 2;
    state.now = 20_000;
    watch.check();
    expect(events).toEqual([{ type: 'lost', kernel: 2, program: 0 }]);
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

  it('tells of gaps in a transport stream every ten seconds at most', () => {
    const { events, state, watch } = watching();
    for (; state.now < 20_000; state.now += 1000) {
      const { packets, gaps, damaged, overflows } = state.stream;
      const isLater = state.now === 5000;
      state.stream = {
        ...{ packets: packets + 100, scrambled: 0, gaps: gaps + 1 },
        ...{ damaged: damaged + (isLater ? 2 : 0), overflows: overflows + (isLater ? 1 : 0) },
      };
      state.datagrams++;
      watch.check();
    }
    expect(events).toEqual([
      { type: 'gaps', gaps: 1, damaged: 0, overflows: 0 },
      { type: 'gaps', gaps: 10, damaged: 2, overflows: 1 },
    ]);
    expect(events.map(describeListenEvent)).toEqual([
      'The transport stream was not received whole: 1 gap.',
      "The transport stream was not received whole: 10 gaps, 2 packets that the demodulator could not correct, 1 overflow of the tuner's buffer.",
    ]);
  });

  it.each([
    [
      0,
      /^Transport packets come, and for ten seconds no datagram was in them\. If their sender has just begun/,
    ],
    [50, /others are scrambled/],
  ])('tells of a stream without datagrams, %i of 100 packets scrambled', (scrambled, message) => {
    const { events, state, watch } = watching();
    for (; state.now <= 10_000; state.now += 1000) {
      state.stream = { ...state.stream, packets: state.stream.packets + 100 };
      state.stream.scrambled += scrambled;
      watch.check();
    }
    expect(events).toEqual([{ type: 'problem', message: expect.stringMatching(message) }]);
    // nothing comes any more: that is silence
    for (; state.now < 60_000; state.now += 1000) watch.check();
    expect(events).toHaveLength(1);
  });
});
