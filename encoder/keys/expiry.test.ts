import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expiryStage, warnOfExpiry } from './expiry.js';

const DAY = 86_400;
const END = Date.UTC(2031, 11, 2) / 1000;

it.each([
  [91, undefined],
  [90, 90],
  [31, 90],
  [30, 30],
  [8, 30],
  [7, 7],
  [1, 7],
  [0, 7],
  [-1, 0],
])('%d days before the end it is the warning of %s', (days, stage) => {
  expect(expiryStage(END, END - days * DAY)).toBe(stage);
});

it('says when the certificate ends, and what to do', () => {
  expect(warnOfExpiry(END, END - 100 * DAY)).toBeUndefined();
  expect(warnOfExpiry(END, END - 30 * DAY)).toMatch(/ends on 2031-12-02, in 30 days\. .*certify --renew/);
  expect(warnOfExpiry(END, END + 1)).toMatch(/was valid until 2031-12-02T00:00:00\.000Z only/);
});

it('never warns less as time goes by', () => {
  fc.assert(
    fc.property(fc.nat(200 * DAY), fc.nat(200 * DAY), (earlier, later) => {
      const stages = [earlier, earlier + later].map(
        (after) => expiryStage(END, END - 150 * DAY + after) ?? 1000,
      );
      expect(stages[1]).toBeLessThanOrEqual(stages[0]!);
    }),
  );
});
