import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testClock } from '../testing.js';
import { createPacer, defaultBurst } from './pacer.js';
import { createTransmitter } from './transmitter.js';

describe('pacer', () => {
  it('spaces packets by their length', () => {
    const pacer = createPacer(8000, 0, 100);
    expect(pacer.due).toBe(100);
    pacer.sent(250, 100);
    expect(pacer.due).toBe(350);
    pacer.sent(1000, 350);
    expect(pacer.due).toBe(1350);
  });

  it('makes up for a delay within the bucket and loses what is beyond it', () => {
    const pacer = createPacer(8000, 500, 0);
    pacer.sent(100, 400);
    expect(pacer.due).toBe(100);
    pacer.sent(100, 2000);
    expect(pacer.due).toBe(1600);
  });

  it('pays at the new rate from a change on', () => {
    const pacer = createPacer(8000, 0, 0);
    pacer.sent(1000, 0);
    pacer.setRate(16_000, 500, 500);
    expect(pacer.due).toBe(750);
    // 500 bytes are 250 ms at the new rate: no more is made up for.
    pacer.sent(1000, 2000);
    expect(pacer.due).toBe(2250);
  });

  it('makes up for nothing after a rest', () => {
    const pacer = createPacer(8000, 1e6, 0);
    pacer.restart(5000);
    expect(pacer.due).toBe(5000);
  });

  it('has a bucket of some packets, and of some milliseconds at high rates', () => {
    expect(defaultBurst(2000, 1500)).toBe(6000);
    expect(defaultBurst(100e6, 1500)).toBe(100_000);
  });

  it('never lets more than rate and bucket leave, however late it is woken', () => {
    const late = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 2, maxLength: 200 });
    fc.assert(
      fc.property(
        late,
        fc.integer({ min: 2000, max: 1e8 }),
        fc.integer({ min: 0, max: 1e5 }),
        (delays, rate, burst) => {
          const pacer = createPacer(rate, burst, 0);
          const sent: { time: number; bytes: number }[] = [];
          let now = 0;
          for (const delay of delays) {
            now = Math.max(now, pacer.due) + delay;
            pacer.sent(1500, now);
            sent.push({ time: now, bytes: 1500 });
          }
          for (const [i, first] of sent.entries()) {
            const bytes = sent
              .slice(i)
              .reduce(
                (most, { time }, n) => Math.max(most, 1500 * (n + 1) - (rate / 8000) * (time - first.time)),
                0,
              );
            expect(bytes).toBeLessThanOrEqual(burst + 1500 + 1e-3);
          }
        },
      ),
    );
  });
});

describe('transmitter', () => {
  function setUp(rate: number, queueBytes = 1e6) {
    const clock = testClock();
    const sent: { time: number; byte: number }[] = [];
    const transmitter = createTransmitter({
      clock,
      pacer: createPacer(rate, 0, 0),
      packetOverhead: 28,
      queueBytes,
      transmit: (datagram) => sent.push({ time: clock.now(), byte: datagram[0]! }),
      destinations: () => [],
      closeSockets: async () => {},
    });
    return { clock, sent, transmitter };
  }
  const datagrams = (count: number, length = 972) =>
    Array.from({ length: count }, (_, i) => ({ datagram: new Uint8Array(length).fill(i) }));

  it('sends each datagram in its order when it is due, headers counted', async () => {
    const { clock, sent, transmitter } = setUp(8000);
    void transmitter.send(datagrams(4));
    await clock.advance(2500);
    expect(sent).toEqual([
      { time: 0, byte: 0 },
      { time: 1000, byte: 1 },
      { time: 2000, byte: 2 },
    ]);
    expect(transmitter.stats()).toMatchObject({ datagrams: 3, bytes: 3000, lostTime: 0, lateness: 0 });
  });

  it('asks for more when the queue has room', async () => {
    const { clock, transmitter } = setUp(8000, 1000);
    let isReady = false;
    void transmitter.send(datagrams(4)).then(() => {
      isReady = true;
    });
    await clock.advance(1500);
    expect([isReady, transmitter.queued]).toEqual([false, 2000]);
    await clock.advance(1000);
    expect([isReady, transmitter.queued]).toEqual([true, 1000]);
  });

  it('asks for as much as the new pace needs', async () => {
    const { clock, transmitter } = setUp(8000, 1000);
    let isReady = false;
    void transmitter.send(datagrams(4)).then(() => {
      isReady = true;
    });
    await clock.advance(500);
    expect([isReady, transmitter.queued]).toEqual([false, 3000]);
    transmitter.setPace({ rate: 80_000, burst: 0, queueBytes: 3000 });
    await clock.advance(0);
    expect(isReady).toBe(true);
    await clock.advance(250);
    expect(transmitter.queued).toBe(0);
  });

  it('forgets what waits, and keeps the distance to what follows', async () => {
    const { clock, sent, transmitter } = setUp(8000);
    void transmitter.send(datagrams(4));
    await clock.advance(100);
    transmitter.discard();
    void transmitter.send([{ datagram: Uint8Array.of(99) }]);
    await clock.advance(5000);
    expect(sent).toEqual([
      { time: 0, byte: 0 },
      { time: 1000, byte: 99 },
    ]);
  });

  it('ends at once, and whoever waits is let go', async () => {
    const { transmitter } = setUp(8000);
    const sending = transmitter.send(datagrams(2000));
    await transmitter.close();
    await sending;
    expect(transmitter.queued).toBe(0);
  });
});
