import { describe, expect, it } from 'vitest';
import {
  ChannelError,
  createPrng,
  meanLoss,
  ORBITS,
  orbitPasses,
  type PassParameters,
  pass,
} from '../index.js';

const SIGMAS = 5;

function observe(parameters: PassParameters, seed: number, interval: number, count: number): boolean[] {
  const isLost = pass(createPrng(seed), parameters);
  return Array.from({ length: count }, (_, i) => isLost({ seconds: i * interval, length: 1472 }));
}

describe('passes', () => {
  it('let windows of one length through, one in every period', () => {
    const parameters = { periodSeconds: 100, windowSeconds: 12.5 };
    const lost = observe(parameters, 1, 0.25, 40_000);
    const windows = lost
      .map((isLost) => (isLost ? '1' : '0'))
      .join('')
      .split(/1+/)
      .slice(1, -1);
    expect(new Set(windows.map((window) => window.length))).toEqual(new Set([50]));
    const starts = lost.flatMap((isLost, i) => (i > 0 && !isLost && lost[i - 1] ? [i] : []));
    for (let i = 1; i < starts.length; i++) expect(starts[i]! - starts[i - 1]!).toBe(400);
    const share = lost.filter(Boolean).length / lost.length;
    expect(share).toBeCloseTo(meanLoss({ model: 'pass', ...parameters }), 2);
  });

  it('begin at a random moment of the period', () => {
    const trials = 4000;
    let lost = 0;
    for (let seed = 0; seed < trials; seed++) {
      if (observe({ periodSeconds: 100, windowSeconds: 30 }, seed, 1, 1)[0]) lost++;
    }
    expect(Math.abs(lost / trials - 0.7)).toBeLessThan(SIGMAS * Math.sqrt(0.21 / trials));
  });

  it('lose the more the nearer to their edges', () => {
    const parameters = { periodSeconds: 1, windowSeconds: 1, edgeLoss: 0.8, edgeSeconds: 0.5 };
    // a window as long as its period, sampled at incommensurable moments
    const count = 200_000;
    const isLost = pass(createPrng(2), parameters);
    const phase = createPrng(2).uniform();
    const sent = new Array(10).fill(0);
    const lost = new Array(10).fill(0);
    for (let i = 0; i < count; i++) {
      const seconds = i * 0.6180339887;
      const part = Math.floor(10 * ((seconds + phase) % 1));
      sent[part]++;
      if (isLost({ seconds, length: 1 })) lost[part]++;
    }
    for (let part = 0; part < 10; part++) {
      const middle = (part + 0.5) / 10;
      const expected = 0.8 * (1 - Math.min(middle, 1 - middle) / 0.5);
      const deviation = Math.sqrt((expected * (1 - expected)) / sent[part]);
      expect(Math.abs(lost[part] / sent[part] - expected)).toBeLessThan(SIGMAS * deviation);
    }
    const mean = meanLoss({ model: 'pass', ...parameters });
    expect(mean).toBeCloseTo(0.4, 12);
    const total = lost.reduce((sum, n) => sum + n, 0) / count;
    expect(Math.abs(total - mean)).toBeLessThan(SIGMAS * Math.sqrt(0.24 / count));
  });

  it('may fill the period, or be none', () => {
    expect(observe({ periodSeconds: 10, windowSeconds: 10 }, 1, 0.1, 1000)).not.toContain(true);
    expect(observe({ periodSeconds: 10, windowSeconds: 0 }, 1, 0.1, 1000)).not.toContain(false);
  });

  it('need times and possible numbers', () => {
    expect(() => pass(createPrng(1), ORBITS['leo-550'])({ length: 1 })).toThrow(/carries no time/);
    for (const parameters of [
      { periodSeconds: 0, windowSeconds: 0 },
      { periodSeconds: 10, windowSeconds: -1 },
      { periodSeconds: 10, windowSeconds: 11 },
      { periodSeconds: 10, windowSeconds: 5, edgeLoss: 0.5, edgeSeconds: 3 },
      { periodSeconds: 10, windowSeconds: 5, edgeLoss: 2 },
    ]) {
      expect(() => pass(createPrng(1), parameters)).toThrow(ChannelError);
    }
  });
});

describe('orbits', () => {
  it('have the periods and windows that are known of them', () => {
    // International Space Station: 92.9 min at 420 km; Iridium: 100.4 min at 780 km.
    expect(orbitPasses(420, 10).periodSeconds / 60).toBeCloseTo(92.9, 0);
    expect(orbitPasses(780, 10).periodSeconds / 60).toBeCloseTo(100.4, 0);
    expect(ORBITS['leo-550'].periodSeconds / 60).toBeCloseTo(95.6, 0);
    // From horizon to horizon the half angle is acos(R / a).
    const { periodSeconds, windowSeconds } = orbitPasses(550, 0);
    expect(windowSeconds / periodSeconds).toBeCloseTo(Math.acos(6378.137 / 6928.137) / Math.PI, 12);
    expect(ORBITS['leo-550'].windowSeconds).toBeLessThan(windowSeconds);
  });
});
