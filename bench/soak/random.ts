import type { Prng } from '../channel/index.js';

/** A number around the mean, from half of it to one and a half. */
export const around = (mean: number, random: Prng) => mean * (0.5 + random.uniform());
