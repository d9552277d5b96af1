/** What rain does to the reception of a dish: how much of it is too much, and how long fades last. */

import { PlanError } from '../question/error.js';
import type { RainFade } from '../question/model.js';
import { type RainPath, shareAbove } from './attenuation.js';

/** A dish and its rain. */
export interface Dish extends RainPath {
  /** dB of C/N in clear sky above what the receiver needs. */
  readonly margin: number;
  /** Kelvin of the whole system in clear sky. */
  readonly noiseTemperature: number;
}

/**
 * A consumer dish in Korea, as an example: 3 dB of margin, 120 K, 30 degrees of elevation, 50 mm/h of rain, which P.837 gives
 * for the region, in the 4.5 km high air of its summer.
 */
export const USUAL_DISH = {
  margin: 3,
  noiseTemperature: 120,
  elevation: 30,
  latitude: 37,
  rainRate: 50,
  rainHeight: 4.5,
} as const satisfies Omit<Dish, 'frequency'>;

/** Mean radiating temperature of rain, kelvin, where no local data are known: P.618-13 section 3. */
const RAIN_TEMPERATURE = 275;
const HALVINGS = 60;

/** dB of C/N that rain costs: what it attenuates, and the noise that it radiates (P.618-13 section 3). */
export function costOfRain(attenuation: number, noiseTemperature: number): number {
  const radiated = RAIN_TEMPERATURE * (1 - 10 ** (-attenuation / 10));
  return attenuation + 10 * Math.log10(1 + radiated / noiseTemperature);
}

/** dB of rain that cost the margin. */
export function tolerableRain(margin: number, noiseTemperature: number): number {
  let low = 0;
  let high = margin;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (costOfRain(middle, noiseTemperature) > margin) high = middle;
    else low = middle;
  }
  return low;
}

/**
 * Long fades: ITU-R P.1623-1 (2005) section 2.2. Half of the fading time lies in fades longer than D0 = 80 e^-0.4 f^1.4
 * A^-0.39 seconds, and the logarithm of the length deviates by sigma = 1.85 f^-0.05 A^-0.027. The many fades of a few seconds
 * beside them take little of the time and are left out.
 *
 * @throws PlanError on numbers for which the recommendations say nothing
 */
export function fadesOf(dish: Dish): RainFade {
  requireRange('frequency', dish.frequency, 4, 55, 'GHz');
  requireRange('elevation', dish.elevation, 5, 60, 'degrees');
  requireRange('latitude', Math.abs(dish.latitude), 0, 90, 'degrees');
  requireRange('margin', dish.margin, 0.5, 30, 'dB');
  requireRange('noise temperature', dish.noiseTemperature, 10, 2000, 'K');
  requireRange('rain rate', dish.rainRate, 1, 250, 'mm/h');
  requireRange('rain height', dish.rainHeight, 0.5, 6, 'km');
  const attenuation = tolerableRain(dish.margin, dish.noiseTemperature);
  const { frequency, elevation } = dish;
  const halfOfTime = 80 * elevation ** -0.4 * frequency ** 1.4 * attenuation ** -0.39;
  const sigma = 1.85 * frequency ** -0.05 * attenuation ** -0.027;
  return {
    model: 'rain-fade',
    share: shareAbove(dish, attenuation),
    meanSeconds: halfOfTime * Math.exp(-(sigma ** 2) / 2),
    sigma,
  };
}

function requireRange(name: string, value: number, least: number, most: number, unit: string): void {
  if (value >= least && value <= most) return;
  throw new PlanError(
    `The ${name} is ${value} ${unit}; the recommendations on rain hold from ${least} to ${most} ${unit}. ` +
      'Give --fade-share and --fade-seconds where you know them.',
  );
}
