import { describe, expect, it } from 'vitest';
import { ChannelError, createPrng, RAIN_BANDS, rainFade } from '../index.js';

const SIGMAS = 5;

/** One datagram each `interval` seconds: which were lost, as lengths of the runs of lost ones. */
function observe(isLost: ReturnType<typeof rainFade>, count: number, interval: number) {
  const bursts: number[] = [];
  let lost = 0;
  let inBurst = false;
  for (let i = 0; i < count; i++) {
    const now = isLost({ seconds: i * interval, length: 1472 });
    if (now && inBurst) bursts[bursts.length - 1]!++;
    else if (now) bursts.push(1);
    if (now) lost++;
    inBurst = now;
  }
  return { share: lost / count, bursts };
}

/** Share of the time in one state of an alternating exponential process: standard deviation over a time. */
function shareDeviation(share: number, meanSeconds: number, seconds: number): number {
  const tau = meanSeconds * (1 - share);
  return Math.sqrt((2 * share * (1 - share) * tau) / seconds);
}

describe('rain fades', () => {
  it.each([{ share: 0.1, meanSeconds: 120 }, { share: 0.3, meanSeconds: 600 }, RAIN_BANDS.ku, RAIN_BANDS.ka])(
    'take their share of the time, in exponential lengths: %j',
    ({ share, meanSeconds }) => {
      const interval = meanSeconds / 40;
      const count = Math.round(2000 * (40 / share)); // about 2,000 fades
      const { share: observed, bursts } = observe(
        rainFade(createPrng(1), { share, meanSeconds }),
        count,
        interval,
      );
      expect(Math.abs(observed - share)).toBeLessThan(
        SIGMAS * shareDeviation(share, meanSeconds, count * interval),
      );
      // Fades come at the rate share / mean. Sampling hides those between two datagrams and joins those whose gap it hides:
      // one in forty of either.
      const fades = (count * interval * share) / meanSeconds;
      expect(Math.abs(bursts.length - fades)).toBeLessThan(SIGMAS * Math.sqrt(2 * fades) + fades / 20);
      const mean = (bursts.reduce((sum, length) => sum + length, 0) / bursts.length) * interval;
      const bias = interval + (meanSeconds * share) / (40 * (1 - share));
      expect(Math.abs(mean - meanSeconds)).toBeLessThan(
        (SIGMAS * meanSeconds) / Math.sqrt(bursts.length) + bias,
      );
      // Exponential: exp(-1) of them last longer than the mean.
      const longer = bursts.filter((length) => length * interval > meanSeconds).length / bursts.length;
      const deviation = Math.sqrt((Math.exp(-1) * (1 - Math.exp(-1))) / bursts.length);
      expect(Math.abs(longer - Math.exp(-1))).toBeLessThan(SIGMAS * deviation + 0.03);
    },
  );

  it('begin in the stationary distribution', () => {
    const trials = 5000;
    let lost = 0;
    for (let seed = 0; seed < trials; seed++) {
      if (rainFade(createPrng(seed), { share: 0.2, meanSeconds: 60 })({ seconds: 0, length: 1 })) lost++;
    }
    expect(Math.abs(lost / trials - 0.2)).toBeLessThan(SIGMAS * Math.sqrt(0.16 / trials));
  });

  it('go by time, not by datagrams: a faster sender meets the same fades', () => {
    const fades = { share: 0.2, meanSeconds: 10 };
    const slow = rainFade(createPrng(3), fades);
    const fast = rainFade(createPrng(3), fades);
    for (let second = 0; second < 500; second++) {
      const isLost = slow({ seconds: second, length: 100 });
      for (let part = 0; part < 10; part++) {
        const isLostToo = fast({ seconds: second + part / 10, length: 1000 });
        if (part === 0) expect(isLostToo).toBe(isLost);
      }
    }
  });

  it('may let a part through', () => {
    const parameters = { share: 0.5, meanSeconds: 10, lossInFade: 0.6 };
    const count = 200_000;
    const { share } = observe(rainFade(createPrng(4), parameters), count, 0.5);
    const fading = 0.6 * shareDeviation(0.5, 10, count / 2);
    expect(Math.abs(share - 0.3)).toBeLessThan(SIGMAS * Math.sqrt(fading ** 2 + 0.21 / count));
  });

  it('need times and possible numbers', () => {
    expect(() => rainFade(createPrng(1), RAIN_BANDS.ka)({ length: 1 })).toThrow(/carries no time/);
    for (const parameters of [
      { share: 1, meanSeconds: 1 },
      { share: 0.1, meanSeconds: 0 },
      { share: 0.1, meanSeconds: 1, lossInFade: 2 },
    ]) {
      expect(() => rainFade(createPrng(1), parameters)).toThrow(ChannelError);
    }
  });
});

/** The dish of the ready-made parameters. */
const ELEVATION = 30;
const MARGIN_DB = 3;
const RAIN_HEIGHT_KM = 4.5;
const RAIN_RATE = 50;
/** Coefficients of ITU-R P.838-3 (2005) table 5: horizontal k and alpha, vertical k and alpha. */
const BANDS = {
  ku: { frequency: 12, horizontal: [0.02386, 1.1825], vertical: [0.02455, 1.1216] },
  ka: { frequency: 20, horizontal: [0.09164, 1.0568], vertical: [0.09611, 0.9847] },
} as const;

/** Attenuation in dB exceeded for `percent` of an average year: ITU-R P.618-13 section 2.2.1.1, latitude 36 degrees and more. */
function rainAttenuation(band: keyof typeof BANDS, percent: number): number {
  const { frequency, horizontal, vertical } = BANDS[band];
  const sine = Math.sin((ELEVATION * Math.PI) / 180);
  const cosine = Math.cos((ELEVATION * Math.PI) / 180);
  const ground = (RAIN_HEIGHT_KM / sine) * cosine;
  // P.838-3 equations 4 and 5 for circular polarization: the means of both
  const k = (horizontal[0] + vertical[0]) / 2;
  const alpha = (horizontal[0] * horizontal[1] + vertical[0] * vertical[1]) / (2 * k);
  const specific = k * RAIN_RATE ** alpha;
  const reduced =
    ground / (1 + 0.78 * Math.sqrt((ground * specific) / frequency) - 0.38 * (1 - Math.exp(-2 * ground)));
  const zeta = Math.atan2(RAIN_HEIGHT_KM, reduced);
  const slant = zeta > (ELEVATION * Math.PI) / 180 ? reduced / cosine : RAIN_HEIGHT_KM / sine;
  const vertically =
    1 /
    (1 +
      Math.sqrt(sine) *
        ((31 * (1 - Math.exp(-ELEVATION)) * Math.sqrt(slant * specific)) / frequency ** 2 - 0.45));
  const rare = specific * slant * vertically; // exceeded for 0.01 %
  return rare * (percent / 0.01) ** -(0.655 + 0.033 * Math.log(percent) - 0.045 * Math.log(rare));
}

describe('the ready-made bands', () => {
  it.each(['ku', 'ka'] as const)('%s is what the recommendations say of the dish', (band) => {
    const { share, meanSeconds } = RAIN_BANDS[band];
    expect(Math.abs(rainAttenuation(band, 100 * share) / MARGIN_DB - 1)).toBeLessThan(0.01);
    // ITU-R P.1623-1: half of the fading time lies in fades longer than D0. Of exponential fades with mean m
    // that is D0 = 1.678 m, where (1 + x) exp(-x) = 1/2.
    const d0 = 80 * ELEVATION ** -0.4 * BANDS[band].frequency ** 1.4 * MARGIN_DB ** -0.39;
    expect(Math.abs(meanSeconds / (d0 / 1.678) - 1)).toBeLessThan(0.01);
  });
});
