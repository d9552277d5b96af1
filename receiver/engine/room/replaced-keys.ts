import type { Editions } from '../editions/editions.js';
import { forgetChecks } from '../objects/forget-checks.js';
import { isReceiving } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import type { Receptions } from './receptions.js';

export interface ReplacedKeysParts {
  /** Looked at when something is forgotten. */
  context(): ReceptionContext;
  readonly receptions: Receptions;
  readonly editions: Editions;
  /** Whatever was announced counts as new. */
  forgetTables(): void;
}

/** Forgets what rests on keys that were replaced. */
export interface ReplacedKeys {
  /** Of a publisher's uplinks. */
  forgetUplinks(publisher: string): Promise<void>;
  /** Of a publisher: what is received of parts stays, and the next index that lists them completes them. */
  forgetEditions(publisher: string): Promise<void>;
}

export function createReplacedKeys(parts: ReplacedKeysParts): ReplacedKeys {
  const { context, receptions, editions, forgetTables } = parts;
  const of = (publisher: string) =>
    [...receptions.all()].filter(({ info }) => info.session.publisher === publisher);

  async function forgetUplinks(publisher: string): Promise<void> {
    for (const each of of(publisher)) {
      if (each.state === 'rejected') await receptions.drop(each);
      else if (isReceiving(each)) await forgetChecks(context(), each);
    }
    forgetTables();
  }

  return {
    forgetUplinks,
    async forgetEditions(publisher) {
      editions.forget(publisher);
      for (const each of of(publisher)) {
        each.listing = undefined;
        if (each.info.edition === undefined) continue;
        each.isHandedOut = false;
        await receptions.drop(each);
      }
      await forgetUplinks(publisher);
    },
  };
}
