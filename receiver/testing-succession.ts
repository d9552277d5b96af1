/** What happens to a publisher's key, as it goes on the air, and what a receiver has to make of it: for tests of all receivers. */

import { buildLct } from '../codecs/alc/index.js';
import { buildSuccession, buildSuccessionExtension, commitmentTo } from '../codecs/auth/index.js';
import { toHex } from '../codecs/bytes.js';
import type { FecSchemes } from '../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../codecs/node/crypto.js';
import { type TestPublisher, testEditionOf, testPublisher } from './testing.js';

/** What a receiver hears from one start to its next. */
export type Run = readonly Uint8Array[];

export interface SuccessionCase {
  readonly name: string;
  readonly runs: readonly Run[];
  /** What the file of the bundle says at the end of each run; undefined: there is none. */
  readonly says: readonly (string | undefined)[];
  /** Rejections of the last run that are told, at least. */
  readonly told: readonly (
    | 'replaced-publisher'
    | 'bad-succession'
    | 'other-successor'
    | 'untrusted-publisher'
    | 'forged'
  )[];
}

export const SUCCESSION_FILE = 'index.html';
const TSI = 7;
/** A thief gives his editions such numbers that nothing later seems newer. */
const HIGHEST = 4_000_000_000;

/** The key that receivers trust is that of `testPublisher` 1; its successors are 2, 3 and 4, and the thief's own key is 9. */
export async function successionCases(schemes: FecSchemes): Promise<readonly SuccessionCase[]> {
  const keys = await Promise.all([1, 2, 3, 4, 9].map((number) => testPublisher(crypto, number)));
  const [first, second, third, fourth, thief] = keys as [
    TestPublisher,
    TestPublisher,
    TestPublisher,
    TestPublisher,
    TestPublisher,
  ];

  async function edition(
    publisher: TestPublisher,
    next: TestPublisher | undefined,
    sequence: number,
    text: string,
  ) {
    const sent = await testEditionOf([{ [SUCCESSION_FILE]: new TextEncoder().encode(text) }], {
      crypto,
      schemes,
      publisher,
      sequence,
      tsi: TSI,
      uplinkSeed: publisher.seed,
      alterIndex: (index) =>
        next === undefined ? index : { ...index, nextKey: toHex(commitmentTo(crypto, next)) },
    });
    return [...(await sent.announce()), ...(await sent.send())];
  }

  async function statement(
    by: 'both' | 'new',
    from: TestPublisher,
    to: TestPublisher,
    after?: TestPublisher,
  ) {
    const { publicKey } = from;
    return stated(by === 'both' ? from : { publicKey }, to, after);
  }

  async function stated(
    from: Parameters<typeof buildSuccession>[1],
    to: TestPublisher,
    after?: TestPublisher,
  ): Promise<Uint8Array[]> {
    const made = await buildSuccession(crypto, from, to, after && commitmentTo(crypto, after));
    return [buildLct({ tsi: TSI, toi: 0, codepoint: 6 }, [buildSuccessionExtension(made)])];
  }

  const one = await edition(first, second, 5, 'one');
  const two = await edition(second, third, 6, 'two');
  /** What the thief of the first key makes: editions that name the genuine successor, or his own key; and statements for that. */
  const asPublisher = await edition(first, second, HIGHEST, 'wrong');
  const forHimself = await edition(first, thief, HIGHEST, 'wrong');
  const asSuccessor = [
    ...(await statement('both', first, thief)),
    ...(await edition(thief, undefined, HIGHEST, 'wrong')),
  ];
  const namesNobody = await edition(first, undefined, HIGHEST, 'wrong');
  /** What somebody makes who has none of the keys: his own signature stands where that of the old or of the new key has to. */
  const forged = [
    ...(await stated({ publicKey: first.publicKey, seed: thief.seed }, thief)),
    ...(await stated({ publicKey: first.publicKey }, { ...second, seed: thief.seed }, thief)),
    ...(await stated({ publicKey: first.publicKey, seed: thief.seed }, second, thief)),
    ...(await statement('new', second, thief)),
    ...(await edition(thief, undefined, HIGHEST, 'wrong')),
  ];
  const wrong = [...asPublisher, ...forHimself, ...asSuccessor];
  const both = await statement('both', first, second, third);
  const lost = await statement('new', first, second, third);
  const toFourth = [
    ...lost,
    ...(await statement('new', second, third, fourth)),
    ...(await statement('new', third, fourth)),
  ];
  const chain = [...toFourth, ...(await edition(fourth, undefined, 7, 'four'))];
  const signedChain = [
    ...both,
    ...(await statement('both', second, third)),
    ...(await statement('both', third, fourth)),
  ];

  return [
    {
      name: 'the key was lost',
      runs: [one, [...lost, ...two, ...wrong]],
      says: ['one', 'two'],
      told: ['replaced-publisher', 'bad-succession', 'untrusted-publisher'],
    },
    {
      name: 'the key was stolen, and used',
      runs: [
        [...one, ...asPublisher],
        [...both, ...two, ...wrong],
      ],
      says: ['wrong', 'two'],
      told: ['replaced-publisher', 'bad-succession'],
    },
    {
      name: 'the key was stolen and lost, and used',
      runs: [
        [...one, ...asPublisher],
        [...lost, ...two],
        [...wrong, ...lost, ...two],
      ],
      says: ['wrong', 'two', 'two'],
      told: ['replaced-publisher', 'bad-succession'],
    },
    {
      name: 'the thief names nobody, and the receiver starts again',
      runs: [
        [...one, ...namesNobody],
        [...asSuccessor, ...lost, ...two],
        [...both, ...namesNobody, ...asSuccessor, ...two],
      ],
      says: ['wrong', 'two', 'two'],
      told: ['bad-succession', 'replaced-publisher'],
    },
    {
      name: 'the thief announces himself after the commitment was heard',
      runs: [one, [...forHimself, ...asSuccessor, ...both, ...two, ...forHimself]],
      says: ['one', 'two'],
      told: ['other-successor', 'bad-succession', 'replaced-publisher'],
    },
    {
      // nobody could tell which of the two is the thief
      name: 'the thief is heard before the commitment: the publisher is not, and that is said',
      runs: [forHimself, [...one, ...both, ...two]],
      says: ['wrong', 'wrong'],
      told: ['bad-succession', 'untrusted-publisher'],
    },
    {
      name: 'nothing was heard for a year, and three keys were lost',
      runs: [one, [...forHimself, ...asSuccessor, ...chain, ...wrong]],
      says: ['one', 'four'],
      told: ['bad-succession', 'replaced-publisher'],
    },
    {
      name: 'nothing was heard before',
      runs: [[...both, ...two, ...wrong]],
      says: ['two'],
      told: ['replaced-publisher', 'bad-succession'],
    },
    {
      name: 'nothing was heard before, and the key was lost',
      runs: [
        [
          ...lost,
          ...two,
          ...(await statement('new', first, thief)),
          ...(await edition(thief, undefined, 9, 'wrong')),
        ],
      ],
      says: [undefined],
      told: ['bad-succession', 'untrusted-publisher'],
    },
    {
      name: 'somebody without a key states successors, and nothing was heard before',
      runs: [
        [...forged, ...one, ...forged, ...two],
        [...forged, ...both, ...forged, ...two],
      ],
      says: ['one', 'two'],
      told: ['forged', 'untrusted-publisher'],
    },
    {
      name: 'somebody without a key states successors after the commitment was heard',
      runs: [one, [...forged, ...lost, ...two, ...forged]],
      says: ['one', 'two'],
      told: ['forged', 'untrusted-publisher'],
    },
    {
      name: 'three successions in one run, in any order, by who has heard nothing',
      runs: [
        [
          ...signedChain.toReversed(),
          ...signedChain,
          ...(await edition(fourth, undefined, 7, 'four')),
          ...two,
          ...wrong,
        ],
      ],
      says: ['four'],
      told: ['replaced-publisher', 'bad-succession'],
    },
    {
      name: 'each of three successions is heard',
      runs: [
        one,
        [...lost, ...two],
        [...(await statement('new', second, third)), ...(await edition(third, fourth, 7, 'three')), ...two],
        [...toFourth, ...(await edition(fourth, undefined, 7, 'four')), ...one, ...two],
      ],
      says: ['one', 'two', 'three', 'four'],
      told: ['replaced-publisher'],
    },
  ];
}
