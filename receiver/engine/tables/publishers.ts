import {
  commitmentTo,
  MAX_SUCCESSIONS,
  parseSuccession,
  SUCCESSION_BODY_LENGTH,
  type Succession,
  verifySuccession,
} from '../../../codecs/auth/index.js';
import { equalBytes, fromBase64, fromHex, toBase64, toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { fingerprint, type PublicKey, publisherId } from '../../../codecs/minisign/index.js';
import { signingKeyId } from '../editions/takes-place.js';
import type { KnownEdition, Rejection } from '../ports/events.js';
import type { KeyHistory, SeenMemory } from '../ports/seen.js';

/** A publisher who is trusted, with the keys that he has had. */
export interface PublisherKeys {
  /** The first of them as text, which names him for ever: see `publisherId`. */
  readonly publisher: string;
  /** In their order; only what the last one signs is taken. */
  readonly keys: readonly PublicKey[];
}

/** Knows which key a publisher has. */
export interface Publishers {
  /** Whose present key it is. */
  find(
    publicKey: Uint8Array,
  ): { readonly publisher: string; readonly publisherKey: PublicKey } | 'replaced' | 'unknown';
  /**
   * Takes a statement of succession.
   *
   * @returns 'known' when it says nothing new, 'foreign' when it is about keys of others
   * @throws SuccessionError
   */
  take(statement: Uint8Array): Promise<'accepted' | 'known' | 'foreign' | Rejection>;
  /**
   * Remembers what an index that was verified with this key says of the next key, if nothing was heard before.
   *
   * @returns a sentence when another successor was named before
   */
  commit(key: PublicKey, nextKey: string | undefined): string | undefined;
  /** Takes in an edition that the application has; false when the key that signed it has a successor. */
  isPresent(known: KnownEdition): boolean;
  /** The keys of each publisher. */
  all(): readonly PublisherKeys[];
}

/** Said of an index. */
export const OTHER_SUCCESSOR =
  "It names another successor of the publisher's key than the first that was heard: somebody else may have the key.";

interface Known extends PublisherKeys {
  readonly history: KeyHistory;
}

/**
 * @param trusted the publisher keys that the application pins
 * @param onSucceeded called when another key has taken the place of a publisher's: what the one before has signed counts no more
 */
export function createPublishers(
  crypto: Crypto,
  trusted: readonly PublicKey[],
  seen: Pick<SeenMemory, 'histories' | 'setHistory' | 'forget'>,
  onSucceeded: (succession: { readonly publisher: string; readonly key: string }) => Promise<void>,
): Publishers {
  const known = new Map(
    publisherKeys(trusted, seen.histories()).map((each) => [
      each.publisher,
      { ...each, history: historyOf(each.publisher, seen.histories()) } satisfies Known,
    ]),
  );

  function refuse(detail: string): Rejection {
    return { reason: 'bad-succession', detail };
  }

  function remember(publisher: string, next: Known): void {
    known.set(publisher, next);
    seen.setHistory(next.history);
  }

  /** By the new key; and by the old one where there is its signature: whoever has none of the keys can take that away, or spoil it. */
  async function isSigned(statement: Uint8Array, { oldSignature }: Succession): Promise<boolean> {
    if (!(await verifySuccession(crypto, statement, 'new'))) return false;
    return oldSignature === undefined || verifySuccession(crypto, statement, 'old');
  }

  /** Why a successor of the present key is not accepted, by a statement that is signed; undefined when it is. */
  function problemOf({ keys, history }: Known, { newKey, oldSignature }: Succession): string | undefined {
    const { nextKey } = history;
    if (nextKey !== undefined && toHex(commitmentTo(crypto, newKey)) !== nextKey) {
      return 'the publisher has named another one before.';
    }
    if (
      keys.some(
        ({ publicKey, keyId }) => equalBytes(publicKey, newKey.publicKey) || equalBytes(keyId, newKey.keyId),
      )
    ) {
      return 'the publisher has had this key, or one with its key id, before.';
    }
    if (nextKey !== undefined || oldSignature !== undefined) return undefined;
    return 'the key before it has not signed the statement, and has named no successor that was heard here.';
  }

  /** The old key's signature is what proves a succession to others: it is kept as soon as it is heard. */
  async function complete(of: Known, statement: Uint8Array, succession: Succession): Promise<void> {
    if (succession.oldSignature === undefined) return;
    const { statements } = of.history;
    const at = statements.findIndex((text) => {
      const known = fromBase64(text);
      const isSame = equalBytes(
        known.subarray(0, SUCCESSION_BODY_LENGTH),
        statement.subarray(0, SUCCESSION_BODY_LENGTH),
      );
      return isSame && parseSuccession(known).oldSignature === undefined;
    });
    if (at < 0 || !(await isSigned(statement, succession))) return;
    remember(of.publisher, {
      ...of,
      history: {
        ...of.history,
        statements: statements.map((each, i) => (i === at ? toBase64(statement) : each)),
      },
    });
  }

  function commit(key: PublicKey, nextKey: string | undefined): string | undefined {
    if (nextKey === undefined) return undefined;
    const of = [...known.values()].find(({ keys }) => equalBytes(keys.at(-1)!.publicKey, key.publicKey));
    if (of === undefined || of.history.nextKey === nextKey) return undefined;
    if (of.history.nextKey !== undefined) return OTHER_SUCCESSOR;
    remember(of.publisher, { ...of, history: { ...of.history, nextKey } });
    return undefined;
  }

  return {
    find(publicKey) {
      let isReplaced = false;
      for (const { publisher, keys } of known.values()) {
        const publisherKey = keys.at(-1)!;
        if (equalBytes(publisherKey.publicKey, publicKey)) return { publisher, publisherKey };
        isReplaced ||= keys.some((each) => equalBytes(each.publicKey, publicKey));
      }
      return isReplaced ? 'replaced' : 'unknown';
    },
    async take(statement) {
      const succession = parseSuccession(statement);
      const { oldKey, newKey, nextKey } = succession;
      const placeOf = ({ keys }: Known) => keys.findIndex(({ publicKey }) => equalBytes(publicKey, oldKey));
      const of = [...known.values()].find((each) => placeOf(each) >= 0);
      if (of === undefined) return 'foreign';
      const { publisher, keys, history } = of;
      const follower = keys[placeOf(of) + 1];
      if (follower !== undefined && equalBytes(follower.publicKey, newKey.publicKey)) {
        await complete(of, statement, succession);
        return 'known';
      }
      if (!(await isSigned(statement, succession))) {
        return {
          reason: 'forged',
          detail: 'A statement of succession is not signed by the keys that it names.',
        };
      }
      const why = follower === undefined ? problemOf(of, succession) : 'another one was accepted before.';
      const key = publisherId(newKey);
      if (why !== undefined) {
        return refuse(
          `Another key is not taken as the successor of the publisher with the fingerprint ${fingerprint(publisher)}: ${why}`,
        );
      }
      // the numbers of the key before go with the same record that the new one comes with
      seen.forget(publisher);
      remember(publisher, {
        publisher,
        keys: [...keys, newKey],
        history: {
          publisher,
          statements: [...history.statements, toBase64(statement)].slice(-MAX_SUCCESSIONS),
          ...(nextKey !== undefined && { nextKey: toHex(nextKey) }),
        },
      });
      await onSucceeded({ publisher, key });
      return 'accepted';
    },
    commit,
    isPresent({ edition, index }) {
      const keys = known.get(edition.publisher)?.keys;
      if (keys === undefined) return true;
      const key = keys.at(-1)!;
      const keyId = signingKeyId(edition.signature);
      // what another key has signed says nothing of the successor of this one
      if (keyId !== toHex(key.keyId) && (keyId !== undefined || keys.length > 1)) return false;
      commit(key, index.nextKey);
      return true;
    },
    all: () => [...known.values()],
  };
}

/**
 * The keys of each publisher who is trusted: one whose key was pinned later goes on under the name that he had before.
 *
 * @param histories of earlier runs
 */
export function publisherKeys(
  trusted: readonly PublicKey[],
  histories: readonly KeyHistory[],
): readonly PublisherKeys[] {
  const all = new Map<string, PublisherKeys>();
  const earlier = histories.map(keysOf);
  for (const key of trusted) {
    const id = publisherId(key);
    const found = earlier.find(({ keys }) => keys.some((each) => publisherId(each) === id));
    const { publisher, keys } = found ?? { publisher: id, keys: [key] };
    // a history does not have the key id of the first
    all.set(publisher, { publisher, keys: publisher === id ? [key, ...keys.slice(1)] : keys });
  }
  return [...all.values()];
}

function keysOf({ publisher, statements }: KeyHistory): PublisherKeys {
  const successors = statements.map((each) => parseSuccession(fromBase64(each)).newKey);
  return { publisher, keys: [{ keyId: new Uint8Array(), publicKey: fromHex(publisher) }, ...successors] };
}

function historyOf(publisher: string, histories: readonly KeyHistory[]): KeyHistory {
  return histories.find((each) => each.publisher === publisher) ?? { publisher, statements: [] };
}
