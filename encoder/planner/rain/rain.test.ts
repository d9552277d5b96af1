import { describe, expect, it } from 'vitest';
import { createPrng, rainFade } from '../../../bench/channel/index.js';
import { createEffort } from '../completion/effort.js';
import { PlanError } from '../question/error.js';
import type { RainFade } from '../question/model.js';
import { rainCoefficients } from './attenuation.js';
import { createClearTime } from './clear-time.js';
import { costOfRain, fadesOf, tolerableRain, USUAL_DISH } from './fades.js';
import { normalAbove } from './normal.js';

describe('the normal distribution', () => {
  it.each([
    // Abramowitz and Stegun, table 26.1
    [0, 0.5],
    [0.5, 0.308537538725987],
    [1, 0.158655253931457],
    [2, 0.022750131948179],
    [3, 0.00134989803163],
    [5, 2.866515719e-7],
  ])('is above %f with probability %f', (z, above) => {
    expect(normalAbove(z) / above).toBeCloseTo(1, 9);
    expect(normalAbove(-z)).toBeCloseTo(1 - above, 12);
  });
});

describe('rain', () => {
  it.each([
    // ITU-R P.838-3 table 5: k and alpha, horizontal and vertical; circular polarization takes the means
    [12, 0.02386, 1.1825, 0.02455, 1.1216],
    [20, 0.09164, 1.0568, 0.09611, 0.9847],
    [30, 0.2403, 0.9485, 0.2291, 0.9129],
  ])('attenuates as the table says at %d GHz', (frequency, kH, alphaH, kV, alphaV) => {
    const { k, alpha } = rainCoefficients(frequency);
    expect(k / ((kH + kV) / 2)).toBeCloseTo(1, 3);
    expect(alpha).toBeCloseTo((kH * alphaH + kV * alphaV) / (kH + kV), 3);
  });

  it('adds noise: 1.15 dB of it cost a dish of 120 K 3 dB', () => {
    expect(costOfRain(1.15, 120)).toBeCloseTo(3, 1);
    expect(tolerableRain(3, 120)).toBeCloseTo(1.15, 2);
    expect(tolerableRain(3, 1e6)).toBeCloseTo(3, 2);
  });

  it('fades a usual dish for 0.62 % of a year in Ku band and 3.4 % in Ka band', () => {
    const ku = fadesOf({ ...USUAL_DISH, frequency: 12 });
    const ka = fadesOf({ ...USUAL_DISH, frequency: 20 });
    expect(ku.share).toBeCloseTo(0.0062, 4);
    expect(ka.share).toBeCloseTo(0.034, 3);
    expect([ku.sigma!.toFixed(2), ka.sigma!.toFixed(2)]).toEqual(['1.63', '1.59']);
  });

  it('fades more with less margin, more noise of rain, more rain, and a lower satellite', () => {
    const share = (changes: object) => fadesOf({ ...USUAL_DISH, frequency: 12, ...changes }).share;
    const usual = share({});
    for (const worse of [
      { margin: 2 },
      { noiseTemperature: 80 },
      { rainRate: 80 },
      { elevation: 15 },
      { frequency: 14 },
      { latitude: 10 },
      { rainHeight: 5 },
    ]) {
      expect(share(worse), JSON.stringify(worse)).toBeGreaterThan(usual);
    }
  });

  it('is nothing that the recommendations know outside their ranges', () => {
    for (const changes of [
      { frequency: 2 },
      { elevation: 2 },
      { margin: 0 },
      { rainRate: 0 },
      { latitude: 91 },
    ]) {
      expect(() => fadesOf({ ...USUAL_DISH, frequency: 12, ...changes })).toThrow(PlanError);
    }
  });
});

describe('the time that fades leave', () => {
  const clearTime = (fades: Omit<RainFade, 'model'>) => {
    const left = createClearTime({ model: 'rain-fade', ...fades }, createEffort());
    return (clear: number, faded: number, lost: number) => left(clear, { faded, lost });
  };

  it('is waited for 2,671 s by 99.9 % in Ka band, where P.1623 is asked with 3 dB of rain', () => {
    const sigma = 1.85 * 20 ** -0.05 * 3 ** -0.027;
    const meanSeconds = 80 * 30 ** -0.4 * 20 ** 1.4 * 3 ** -0.39 * Math.exp(-(sigma ** 2) / 2);
    const left = clearTime({ share: 0.0084, meanSeconds, sigma });
    expect(left(0, 2671, 0)).toBeCloseTo(0.999, 5);
    expect(left(0, 1128, 0)).toBeLessThan(0.998);
  });

  it('agrees with a simulation of fades', () => {
    const trials = 4000;
    const cases = [
      { share: 0.1, meanSeconds: 100, sigma: 1.6, clear: 1000, faded: 300 },
      { share: 0.3, meanSeconds: 10, sigma: 0.8, clear: 500, faded: 250 },
      { share: 0.03, meanSeconds: 366, sigma: 1.587, clear: 3000, faded: 2000 },
      { share: 0.5, meanSeconds: 5, sigma: 1.2, clear: 100, faded: 60 },
    ];
    for (const { clear, faded, ...fades } of cases) {
      const step = fades.meanSeconds / 50;
      let enough = 0;
      for (let seed = 0; seed < trials; seed++) {
        const isLost = rainFade(createPrng(seed), fades);
        let left = clear;
        for (let seconds = 0; seconds < clear + faded && left > 0; seconds += step) {
          if (!isLost({ seconds, length: 1 })) left -= step;
        }
        if (left <= 0) enough++;
      }
      const promised = clearTime(fades)(clear, faded, 0);
      const seen = enough / trials;
      const error = 4 * Math.sqrt((seen * (1 - seen)) / trials);
      expect(promised, JSON.stringify(fades)).toBeGreaterThan(seen - error - 0.005);
      expect(promised, JSON.stringify(fades)).toBeLessThan(seen + error + 0.002);
    }
  });

  it('is less for less to spare, and for what fades break off', () => {
    const left = clearTime({ share: 0.05, meanSeconds: 100 });
    expect(left(1000, 100, 0)).toBeLessThan(left(1000, 200, 0));
    expect(left(1000, 200, 20)).toBeLessThan(left(1000, 200, 0));
    expect(left(2000, 200, 0)).toBeLessThan(left(1000, 200, 0));
    expect(left(1000, 0, 0)).toBeLessThan(left(1000, 1, 0) + 1e-3);
  });
});
