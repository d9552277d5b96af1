/** How much rain attenuates, and how often: Recommendations ITU-R P.838-3 (2005) and P.618-13 (2017). */

/** Where and how a satellite is received. */
export interface RainPath {
  /** GHz, 1 to 55. */
  readonly frequency: number;
  /** Degrees above the horizon, 5 to 90. */
  readonly elevation: number;
  /** Degrees, of either hemisphere. */
  readonly latitude: number;
  /** mm/h exceeded for 0.01 % of an average year. */
  readonly rainRate: number;
  /** Kilometres from the dish up to where it no longer rains. */
  readonly rainHeight: number;
}

/** Terms a exp(-((log f - b) / c)^2), and m log f + c: P.838-3, tables 1 to 4. */
interface Coefficient {
  readonly terms: readonly (readonly [number, number, number])[];
  readonly m: number;
  readonly c: number;
}

const K_HORIZONTAL: Coefficient = {
  terms: [
    [-5.3398, -0.10008, 1.13098],
    [-0.35351, 1.2697, 0.454],
    [-0.23789, 0.86036, 0.15354],
    [-0.94158, 0.64552, 0.16817],
  ],
  m: -0.18961,
  c: 0.71147,
};
const K_VERTICAL: Coefficient = {
  terms: [
    [-3.80595, 0.56934, 0.81061],
    [-3.44965, -0.22911, 0.51059],
    [-0.39902, 0.73042, 0.11899],
    [0.50167, 1.07319, 0.27195],
  ],
  m: -0.16398,
  c: 0.63297,
};
const ALPHA_HORIZONTAL: Coefficient = {
  terms: [
    [-0.14318, 1.82442, -0.55187],
    [0.29591, 0.77564, 0.19822],
    [0.32177, 0.63773, 0.13164],
    [-5.3761, -0.9623, 1.47828],
    [16.1721, -3.2998, 3.4399],
  ],
  m: 0.67849,
  c: -1.95537,
};
const ALPHA_VERTICAL: Coefficient = {
  terms: [
    [-0.07771, 2.3384, -0.76284],
    [0.56727, 0.95545, 0.54039],
    [-0.20238, 1.1452, 0.26809],
    [-48.2991, 0.791669, 0.116226],
    [48.5833, 0.791459, 0.116479],
  ],
  m: -0.053739,
  c: 0.83433,
};

function fitted({ terms, m, c }: Coefficient, frequency: number): number {
  const log = Math.log10(frequency);
  return terms.reduce((sum, [a, b, width]) => sum + a * Math.exp(-(((log - b) / width) ** 2)), m * log + c);
}

/** k and alpha of the specific attenuation k R^alpha for circular polarization: P.838-3 equations 2 to 5. */
export function rainCoefficients(frequency: number): { k: number; alpha: number } {
  const horizontal = 10 ** fitted(K_HORIZONTAL, frequency);
  const vertical = 10 ** fitted(K_VERTICAL, frequency);
  const k = (horizontal + vertical) / 2;
  const alpha =
    (horizontal * fitted(ALPHA_HORIZONTAL, frequency) + vertical * fitted(ALPHA_VERTICAL, frequency)) /
    (2 * k);
  return { k, alpha };
}

/** dB exceeded for 0.01 % of an average year: P.618-13 section 2.2.1.1, steps 2 to 9, for a dish at sea level. */
function rareAttenuation({ frequency, elevation, latitude, rainRate, rainHeight }: RainPath): number {
  const angle = (elevation * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const ground = (rainHeight / sine) * cosine;
  const { k, alpha } = rainCoefficients(frequency);
  const specific = k * rainRate ** alpha;
  const reduced =
    ground / (1 + 0.78 * Math.sqrt((ground * specific) / frequency) - 0.38 * (1 - Math.exp(-2 * ground)));
  const zeta = Math.atan2(rainHeight, reduced);
  const slant = zeta > angle ? reduced / Math.max(cosine, 1e-9) : rainHeight / sine;
  const chi = Math.max(0, 36 - Math.abs(latitude));
  const vertical =
    1 /
    (1 +
      Math.sqrt(sine) *
        ((31 * (1 - Math.exp(-elevation / (1 + chi))) * Math.sqrt(slant * specific)) / frequency ** 2 -
          0.45));
  return specific * slant * vertical;
}

/** Percents of the year between which step 10 holds; outside nothing is said. */
const LEAST_PERCENT = 0.001;
const MOST_PERCENT = 5;

/** dB exceeded for `percent` of an average year, 0.001 to 5: P.618-13 section 2.2.1.1 step 10. */
export function rainAttenuation(path: RainPath, percent: number): number {
  const rare = rareAttenuation(path);
  const { elevation, latitude } = path;
  const sine = Math.sin((elevation * Math.PI) / 180);
  const south = Math.abs(latitude) - 36;
  const beta =
    percent >= 1 || south >= 0 ? 0 : elevation >= 25 ? -0.005 * south : -0.005 * south + 1.8 - 4.25 * sine;
  const exponent =
    0.655 + 0.033 * Math.log(percent) - 0.045 * Math.log(rare) - beta * (1 - percent / 100) * sine;
  return rare * (percent / 0.01) ** -exponent;
}

/** The share of an average year in which rain attenuates by more, 0.00001 to 0.05: the nearest that P.618 says. */
export function shareAbove(path: RainPath, attenuation: number): number {
  let low = Math.log(LEAST_PERCENT);
  let high = Math.log(MOST_PERCENT);
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (rainAttenuation(path, Math.exp(middle)) > attenuation) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2) / 100;
}

const HALVINGS = 50;
