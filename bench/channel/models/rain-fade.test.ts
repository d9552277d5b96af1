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

/** Q(z), by the trapezoidal rule. */
function above(z: number): number {
  const step = 0.001;
  let sum = Math.exp((-z * z) / 2) / 2;
  for (let x = z + step; x < 9; x += step) sum += Math.exp((-x * x) / 2);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

describe('rain fades', () => {
  it.each([
    { share: 0.1, meanSeconds: 120, sigma: 1 },
    { share: 0.3, meanSeconds: 600, sigma: 0.5 },
    { share: 0.2, meanSeconds: 300, sigma: 1.6 },
  ])('take their share of the time, in log-normal lengths: %j', ({ share, meanSeconds, sigma }) => {
    const interval = meanSeconds / 200;
    const fades = 4000;
    const count = Math.round((fades * 200) / share);
    const { share: observed, bursts } = observe(
      rainFade(createPrng(1), { share, meanSeconds, sigma }),
      count,
      interval,
    );
    // Of N fades the mean deviates by the deviation of one, its mean times sqrt(exp(sigma^2) - 1).
    const spread = Math.sqrt(Math.expm1(sigma ** 2));
    expect(Math.abs(observed / share - 1)).toBeLessThan((SIGMAS * (spread + 1)) / Math.sqrt(fades));
    const lengths = bursts.map((length) => length * interval).sort((a, b) => a - b);
    // Below some datagrams fades are not seen, or joined: quantiles above are those of the logarithm.
    const logMedian = Math.log(meanSeconds) - sigma ** 2 / 2;
    for (const [z, above] of [
      [0.5, 0.308538],
      [1, 0.158655],
      [2, 0.02275],
    ] as const) {
      const length = Math.exp(logMedian + z * sigma);
      const longer = lengths.filter((each) => each > length).length / fades;
      const deviation = Math.sqrt((above * (1 - above)) / fades + above ** 2 / fades);
      expect(Math.abs(longer - above), `${z}`).toBeLessThan(SIGMAS * deviation + 0.06 * above);
    }
  });

  it('last on from a random moment as fades do that fill the time', () => {
    const parameters = { share: 0.5, meanSeconds: 100, sigma: 1.5 };
    const trials = 8000;
    let inFade = 0;
    let longer = 0;
    for (let seed = 0; seed < trials; seed++) {
      const isLost = rainFade(createPrng(seed), parameters);
      if (!isLost({ seconds: 0, length: 1 })) continue;
      inFade++;
      if (isLost({ seconds: 300, length: 1 }) && isLost({ seconds: 300.001, length: 1 })) longer++;
    }
    expect(Math.abs(inFade / trials - 0.5)).toBeLessThan(SIGMAS * Math.sqrt(0.25 / trials));
    // P(rest > r) = Q(ln(r / m e^(s^2/2)) / s) - (r / m) Q(ln(r / m e^(-s^2/2)) / s), with m = 100, s = 1.5, r = 300; a few
    // that were over have another fade at that moment.
    const z = (factor: number) => (Math.log(3) + factor * 1.125) / 1.5;
    const rest = above(z(-1)) - 3 * above(z(1));
    const seen = longer / inFade;
    const error = SIGMAS * Math.sqrt(0.25 / inFade);
    expect(seen).toBeGreaterThan(rest - error);
    expect(seen).toBeLessThan(rest + (1 - rest) * 0.5 + error);
  });

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
    const isLost = rainFade(createPrng(4), { share: 0.5, meanSeconds: 10, lossInFade: 0.6 });
    const inFade = rainFade(createPrng(4), { share: 0.5, meanSeconds: 10 });
    let [lost, sent] = [0, 0];
    for (let i = 0; i < 40_000; i++) {
      const datagram = { seconds: i / 2, length: 1472 };
      const isThrough = !isLost(datagram);
      if (!inFade(datagram)) expect(isThrough).toBe(true);
      else if (++sent > 0 && !isThrough) lost++;
    }
    expect(sent).toBeGreaterThan(5000);
    expect(Math.abs(lost / sent - 0.6)).toBeLessThan(SIGMAS * Math.sqrt(0.24 / sent));
  });

  it('need times and possible numbers', () => {
    expect(() => rainFade(createPrng(1), RAIN_BANDS.ka)({ length: 1 })).toThrow(/carries no time/);
    for (const parameters of [
      { share: 1, meanSeconds: 1 },
      { share: 0.1, meanSeconds: 0 },
      { share: 0.1, meanSeconds: 1, lossInFade: 2 },
      { share: 0.1, meanSeconds: 1, sigma: 0 },
    ]) {
      expect(() => rainFade(createPrng(1), parameters)).toThrow(ChannelError);
    }
  });
});

/** The dish of the ready-made parameters. */
const ELEVATION = 30;
const MARGIN_DB = 3;
const NOISE_KELVIN = 120;
/** Mean radiating temperature of rain: ITU-R P.618-13 section 3. */
const RAIN_KELVIN = 275;
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
    const { share, meanSeconds, sigma } = RAIN_BANDS[band];
    const rain = rainAttenuation(band, 100 * share);
    // What rain takes, and the noise that it adds, cost the margin.
    const noise = NOISE_KELVIN + RAIN_KELVIN * (1 - 10 ** (-rain / 10));
    expect(Math.abs((rain + 10 * Math.log10(noise / NOISE_KELVIN)) / MARGIN_DB - 1)).toBeLessThan(0.01);
    // ITU-R P.1623-1: the deviation, and half of the fading time in fades longer than D0.
    const { frequency } = BANDS[band];
    expect(sigma).toBeCloseTo(1.85 * frequency ** -0.05 * rain ** -0.027, 2);
    const d0 = 80 * ELEVATION ** -0.4 * frequency ** 1.4 * rain ** -0.39;
    expect(Math.abs(meanSeconds / (d0 * Math.exp(-(sigma ** 2) / 2)) - 1)).toBeLessThan(0.01);
  });
});
