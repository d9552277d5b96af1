import { CliError } from '../command.js';

/** An error on its way between threads: a copied one would keep neither its class nor its fields. */
export interface ErrorMessage {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a class of our own: the message is a sentence for a person. */
  readonly isOurs: boolean;
  /** `code`, `syscall` and `path` of an error of the operating system. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export function messageOf(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) {
    return { message: String(error), stack: undefined, isOurs: false, fields: {} };
  }
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  return {
    message: error.message,
    stack: error.stack,
    isOurs: !(error.constructor.name in globalThis),
    fields: code === undefined ? {} : { code, syscall, path },
  };
}

/** The error as this thread would have thrown it, but that our own all are CliErrors. */
export function errorFrom({ message, stack, isOurs, fields }: ErrorMessage): Error {
  const error = Object.assign(isOurs ? new CliError(message) : new Error(message), fields);
  if (stack !== undefined) error.stack = stack;
  return error;
}
