/** Something that cannot be planned, said in a sentence. */
export class PlanError extends Error {
  override readonly name: string = 'PlanError';
}

/** What is said when nothing can be received. */
export function nothingArrives(why: string): PlanError {
  return new PlanError(`${why}: nothing arrives, and no repair helps. Better reception has to come first.`);
}

/**
 * The value, which is a number whatever the parameters: anything else is a fault of the planner, and no search goes on
 * with it.
 *
 * @param what names the value
 * @throws PlanError on NaN
 */
export function known(value: number, what: string): number {
  if (Number.isNaN(value)) {
    throw new PlanError(
      `The planner found no number for ${what}. This is a fault of datacast: please report it with the options you gave.`,
    );
  }
  return value;
}
