import { DEFAULT_SIGMA, type RainFade } from '../question/model.js';
import { normalAbove } from './normal.js';

/** How long fades are: log-normal, by their mean and the deviation of its logarithm. */
export interface FadeLengths {
  /** Mean of the length with `lost` seconds more, or of `most` where it is longer. */
  limited(most: number, lost: number): number;
  /** That a fade in which somebody begins to listen lasts longer from then on. */
  residual(seconds: number): number;
}

export function fadeLengths({ meanSeconds: mean, sigma = DEFAULT_SIGMA }: RainFade): FadeLengths {
  const above = (seconds: number, median: number) => normalAbove(Math.log(seconds / median) / sigma);
  /** Of fades, and of the time that is spent in them. */
  const median = mean * Math.exp(-(sigma ** 2) / 2);
  const ofTime = mean * Math.exp(sigma ** 2 / 2);
  return {
    limited(most, lost) {
      const seconds = most - lost;
      if (seconds <= 0) return Math.max(0, most);
      if (seconds === Number.POSITIVE_INFINITY) return lost + mean;
      return lost + mean * (1 - above(seconds, ofTime)) + seconds * above(seconds, median);
    },
    residual(seconds) {
      if (seconds <= 0) return 1;
      if (seconds === Number.POSITIVE_INFINITY) return 0;
      return Math.max(0, above(seconds, ofTime) - (seconds / mean) * above(seconds, median));
    },
  };
}

/** Fades by second of reception. */
export function fadeRate({ share, meanSeconds }: RainFade): number {
  return share / (1 - share) / meanSeconds;
}
