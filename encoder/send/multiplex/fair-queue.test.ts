import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from './fair-queue.js';

describe('fair queue', () => {
  it('shares bytes by weight, within the largest datagrams', () => {
    const flow = fc.record({
      weight: fc.integer({ min: 1, max: 100 }),
      bytes: fc.integer({ min: 100, max: 1500 }),
    });
    fc.assert(
      fc.property(fc.array(flow, { minLength: 2, maxLength: 8 }), (flows) => {
        const queue = createFairQueue<number>();
        const sent = flows.map(() => 0);
        for (const [i, { weight }] of flows.entries()) queue.set(i, weight);
        for (let turn = 0; turn < 2000; turn++) {
          const next = queue.next(() => true)!;
          sent[next]! += flows[next]!.bytes;
          queue.sent(next, flows[next]!.bytes);
        }
        for (const [i, a] of flows.entries()) {
          for (const [j, b] of flows.entries()) {
            const difference = Math.abs(sent[i]! / a.weight - sent[j]! / b.weight);
            expect(difference).toBeLessThanOrEqual(a.bytes / a.weight + b.bytes / b.weight + 1e-6);
          }
        }
      }),
    );
  });

  it('gives a flow nothing for its silence', () => {
    const queue = createFairQueue<string>();
    queue.set('steady', 1);
    queue.set('silent', 1);
    for (let i = 0; i < 100; i++) queue.sent(queue.next((flow) => flow === 'steady')!, 1000);
    const turns: string[] = [];
    for (let i = 0; i < 10; i++) {
      const next = queue.next(() => true)!;
      turns.push(next);
      queue.sent(next, 1000);
    }
    expect(turns.filter((flow) => flow === 'silent')).toHaveLength(5);
  });

  it('follows a change of weight, and knows no flow that was removed', () => {
    const queue = createFairQueue<string>();
    queue.set('a', 1);
    queue.set('b', 1);
    queue.set('a', 3);
    const count = { a: 0, b: 0 };
    for (let i = 0; i < 400; i++) {
      const next = queue.next(() => true) as 'a' | 'b';
      count[next]++;
      queue.sent(next, 1000);
    }
    expect(count).toEqual({ a: 300, b: 100 });
    queue.remove('a');
    expect(queue.next(() => true)).toBe('b');
    queue.remove('b');
    expect(queue.next(() => true)).toBeUndefined();
  });
});
