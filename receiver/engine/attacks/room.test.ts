/** Who makes room: the rules by themselves, which receivers under attack show only together. */

import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createSessionKeys } from '../datagrams/session-key.js';
import { createEditions } from '../editions/editions.js';
import { DEFAULT_LIMITS } from '../ports/limits.js';
import { createSessions } from '../tables/sessions.js';
import { createWaitingRoom } from '../waiting/waiting-room.js';

describe('editions', () => {
  const part = (sha256: string) => ({
    ...{ sha256, bytes: 1, unpacked: 1, files: 1, label: 'x', class: 'text' as const },
  });

  /** Those that go when there is room for so many: of each edition its publisher, sequence number, and when it got something. */
  function gone(
    maxEditions: number,
    ...known: [publisher: string, sequence: number, lastFed: number, isComplete?: true][]
  ) {
    const editions = createEditions({ ...DEFAULT_LIMITS, maxEditions });
    const there = new Set<string>();
    for (const [publisher, sequence, lastFed, isComplete] of known) {
      const name = `${publisher} ${sequence}`;
      if (isComplete) there.add(name);
      const edition = { publisher, name, sequence, sha256: `index of ${name}`, signature: '' };
      editions.add({ edition, index: { name, sequence, parts: [part(name)] } }, lastFed);
    }
    return editions.makeRoom(({ sha256 }) => there.has(sha256)).map(({ edition }) => edition.name);
  }

  it('of the half that was signed last stay, however long they got nothing', () => {
    expect(gone(4, ['a', 5, -1], ['a', 4, 10], ['a', 3, 11], ['a', 2, 9], ['a', 1, 12])).toEqual(['a 2']);
  });

  it('that are complete make room before all that are not', () => {
    expect(gone(2, ['a', 9, 50, true], ['a', 8, 40], ['a', 1, -1])).toEqual(['a 9']);
  });

  it('of the publisher who has most make room', () => {
    expect(gone(3, ['a', 9, 50], ['a', 8, 40], ['a', 7, 30], ['b', 1, -1])).toEqual(['a 7']);
  });
});

describe('datagrams before their table', () => {
  /** How many wait for each of two objects when bytes are short, of so many that came one after the other. */
  function waiting(first: number, second: number, certified: readonly string[] = []) {
    const isCertified = (session: string) => certified.includes(session);
    const room = createWaitingRoom({ maxBytes: 40_000, isCertified, release: () => {} });
    for (const [key, count] of [
      ['first', first],
      ['second', second],
    ] as const) {
      for (let i = 0; i < count; i++) {
        room.open({ key, session: key }, {});
        room.add(key, new Uint8Array(1000), i);
      }
    }
    expect(room.bytes).toBeLessThanOrEqual(40_000);
    return ['first', 'second'].map((key) => room.entries.get(key)?.datagrams.length ?? 0);
  }

  it('of the object that has most give way', () => {
    expect(waiting(5, 500)[0]).toBe(5);
  });

  it('of a session that a publisher has certified count four times as much', () => {
    const [genuine = 0, junk = 0] = waiting(500, 500, ['first']);
    expect(genuine / junk).toBeGreaterThan(3);
    const [one = 0, other = 0] = waiting(500, 500);
    expect(one / other).toBeLessThan(1.5);
  });
});

it('of sessions that nobody signed there are so many at most, and of signed ones those of who has most go', () => {
  const keyOf = createSessionKeys();
  const sessions = createSessions(nodeCrypto, 4);
  const key = (signed: boolean, tsi: number) => keyOf({ signed, flow: {}, tsi });
  for (let tsi = 0; tsi < 20; tsi++) sessions.open(key(false, tsi), undefined);
  expect([...sessions.all()]).toHaveLength(4);
  sessions.open(key(true, 100), 'genuine');
  for (let tsi = 0; tsi < 20; tsi++) sessions.open(key(true, tsi), 'other');
  expect([...sessions.all()]).toHaveLength(8);
  expect(sessions.get(key(true, 100))).toBeDefined();
});
