/** Values by publisher and by a name or number of his, so many of each publisher: nobody's are in the way of another's. */
export interface PerPublisher<Scope, T> {
  get(publisher: string, scope: Scope): T | undefined;
  /** When there are too many of the publisher, the one that was set longest ago goes. */
  set(publisher: string, scope: Scope, value: T): void;
  forget(publisher: string): void;
  /** Those set longest ago first, publisher by publisher. */
  all(): { readonly publisher: string; readonly scope: Scope; readonly value: T }[];
}

/** Bundles and sessions of a publisher that something is remembered of. */
export const MAX_REMEMBERED = 4096;

export function createPerPublisher<Scope extends string | number, T>(): PerPublisher<Scope, T> {
  const publishers = new Map<string, Map<Scope, T>>();
  return {
    get: (publisher, scope) => publishers.get(publisher)?.get(scope),
    set(publisher, scope, value) {
      const known = publishers.get(publisher) ?? new Map<Scope, T>();
      publishers.set(publisher, known);
      known.delete(scope);
      known.set(scope, value);
      if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value!);
    },
    forget: (publisher) => void publishers.delete(publisher),
    all: () =>
      [...publishers].flatMap(([publisher, known]) =>
        [...known].map(([scope, value]) => ({ publisher, scope, value })),
      ),
  };
}
