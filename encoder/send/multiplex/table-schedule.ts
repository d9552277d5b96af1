/** At most this share of the airtime goes to tables. */
const MAX_TABLE_SHARE = 0.1;

/**
 * How often tables are sent, in milliseconds from one to the next of the same bundle: the interval that is wanted, or a
 * longer one where that would take more than a tenth of the rate.
 *
 * @param wanted milliseconds
 * @param tableBytes bytes of IP packets of all tables together
 * @param rate bits per second
 */
export function tableInterval(wanted: number, tableBytes: number, rate: number): number {
  return Math.max(wanted, (8000 * tableBytes) / (rate * MAX_TABLE_SHARE));
}
