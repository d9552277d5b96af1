import type { Prng } from '../../../fixtures/prng.js';
import { ChannelError, requireProbability } from '../datagram.js';
import type { LossModel } from './loss.js';

/** A two-state Markov channel; every probability is per datagram. */
export interface GilbertElliottParameters {
  /** Probability of going from the good state to the bad one. */
  goodToBad: number;
  /** Probability of going from the bad state to the good one. */
  badToGood: number;
  /** Loss probability in the good state. */
  lossInGood: number;
  /** Loss probability in the bad state. */
  lossInBad: number;
}

/**
 * Parameters of the simple Gilbert channel (no loss in the good state, every datagram lost in the bad one) with
 * a given mean loss and mean burst length: badToGood = 1 / B, goodToBad = badToGood * P / (1 - P).
 *
 * @param loss mean loss, 0 to less than 1
 * @param meanBurst mean number of datagrams lost in a row, at least 1 and at least P / (1 - P)
 */
export function gilbertParameters(loss: number, meanBurst: number): GilbertElliottParameters {
  requireProbability('mean loss', loss);
  if (!(meanBurst >= 1) || !Number.isFinite(meanBurst)) {
    throw new ChannelError(`The mean burst length is ${meanBurst}; a burst holds at least one datagram.`);
  }
  const badToGood = 1 / meanBurst;
  const goodToBad = (badToGood * loss) / (1 - loss);
  if (!(goodToBad <= 1)) {
    throw new ChannelError(
      `Bursts of ${meanBurst} datagrams on average cannot lose ${100 * loss} % of them all: ` +
        `at this loss the mean burst is at least ${Math.round((100 * loss) / (1 - loss)) / 100}.`,
    );
  }
  return { goodToBad, badToGood, lossInGood: 0, lossInBad: 1 };
}

/**
 * Loss in bursts: the channel changes between a good and a bad state, each with its own loss probability. The
 * first datagram meets the stationary distribution of the states.
 *
 * E. N. Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39 (1960); E. O. Elliott,
 * "Estimates of error rates for codes on burst-noise channels", Bell System Technical Journal 42 (1963).
 */
export function gilbertElliott(prng: Prng, parameters: GilbertElliottParameters): LossModel {
  const { goodToBad, badToGood, lossInGood, lossInBad } = parameters;
  requireProbability('probability good to bad', goodToBad);
  requireProbability('probability bad to good', badToGood);
  requireProbability('loss in the good state', lossInGood);
  requireProbability('loss in the bad state', lossInBad);
  let bad: boolean | undefined;
  return () => {
    if (bad === undefined) bad = prng.uniform() * (goodToBad + badToGood) < goodToBad;
    else if (bad) bad = !prng.chance(badToGood);
    else bad = prng.chance(goodToBad);
    return prng.chance(bad ? lossInBad : lossInGood);
  };
}
