/** Milliseconds since some moment, whatever is done to the clock: a machine without a battery sets it when it hears the time. */
export const monotonic = (): number => performance.now();
