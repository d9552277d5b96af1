import type { Prng } from '../../fixtures/prng.js';

/** What is fuzzed, and what must hold whatever bytes it is given. */
export interface FuzzTarget {
  readonly name: string;
  /** What holds besides: only the errors that the docstring names are thrown, and it ends in bounded time and memory. */
  readonly holds: string;
  /**
   * Makes ready for inputs, the same each time: an input that was written to a file must do the same later.
   *
   * @param scratch a directory for its files, removed at the end
   */
  open(scratch: string): Promise<OpenTarget> | OpenTarget;
}

export interface OpenTarget {
  /** Genuine inputs, made by our own encoder: the corpus begins with them. */
  readonly seeds: readonly Uint8Array[];
  /** Byte strings that mean something here: they are put into inputs. */
  readonly words?: readonly Uint8Array[];
  /** Changes an input where changing bytes would not get far, in place of the mutations of bytes. */
  readonly mutate?: (input: Uint8Array, prng: Prng, other: Uint8Array) => Uint8Array;
  /** Makes lengths, checksums and signatures of an input right again: half of the inputs go through it. */
  readonly mend?: (input: Uint8Array, prng: Prng) => Uint8Array;
  /** An input takes milliseconds, not microseconds. */
  readonly isSlow?: boolean;
  /** An input that is a sequence of things: how they are called, and how many it has. */
  readonly sequence?: { readonly of: string; readonly length: (input: Uint8Array) => number };
  /**
   * Gives the input to the code.
   *
   * @returns whether it was taken for a good one
   * @throws whatever, when something does not hold
   */
  run(input: Uint8Array): Promise<boolean> | boolean;
  close?(): Promise<void> | void;
}

/** Something that must hold did not. */
export class FuzzFault extends Error {
  override readonly name = 'FuzzFault';
}

/** @throws FuzzFault */
export function hold(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new FuzzFault(sentence);
}

type ErrorClass = abstract new (...parameters: never[]) => Error;

/**
 * What a step returns; undefined when it throws an error of the classes that it may throw.
 *
 * @throws whatever else the step throws
 */
export function attempt<T>(step: () => T, ...allowed: readonly ErrorClass[]): T | undefined {
  try {
    return step();
  } catch (error) {
    return refuse(error, allowed);
  }
}

/** Whether a step comes to its end, without an error of the classes that it may throw. */
export function passes(step: () => unknown, ...allowed: readonly ErrorClass[]): boolean {
  return (
    attempt(
      () => {
        step();
        return true;
      },
      ...allowed,
    ) ?? false
  );
}

/** The same as `attempt` for a step that takes its time. */
export async function attemptAsync<T>(
  step: () => Promise<T> | T,
  ...allowed: readonly ErrorClass[]
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    return refuse(error, allowed);
  }
}

/** The same as `passes` for a step that takes its time. */
export async function passesAsync(
  step: () => Promise<unknown>,
  ...allowed: readonly ErrorClass[]
): Promise<boolean> {
  const run = async () => {
    await step();
    return true;
  };
  return (await attemptAsync(run, ...allowed)) ?? false;
}

function refuse(error: unknown, allowed: readonly ErrorClass[]): undefined {
  // an error is for a person: it has something to say, and not without end
  if (!allowed.some((each) => error instanceof each)) throw error;
  const { message } = error as Error;
  hold(
    message.length > 0 && message.length < 20_000,
    `The error has a message of ${message.length} characters.`,
  );
  return undefined;
}
