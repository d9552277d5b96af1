import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Prng } from '../channel/index.js';
import { makeEdition, publish, type SoakBundle } from './content.js';
import type { SoakContext } from './context.js';
import { around, pause } from './disturb.js';
import { type EditionRecord, nameOf, RECEIVERS } from './edition-records.js';
import type { SoakReceiver } from './programs/receivers.js';
import { signEdition } from './signer.js';

/** Changes the content, as the editors of a channel do. */
export interface Operator {
  /** The signed edition of a bundle, which the sender watches. */
  contentOf(bundle: SoakBundle): string;
  /** An edition as it was published. */
  sentAs(edition: Pick<EditionRecord, 'bundle' | 'number'>): string;
  /** Makes an edition and has it signed; it takes the place of the one before it. */
  change(bundle: SoakBundle): Promise<EditionRecord>;
  /** Changes a bundle a while after its edition has arrived, or did not in time, until `ended` aborts. */
  run(bundle: SoakBundle, receivers: readonly SoakReceiver[], ended: AbortSignal): Promise<void>;
}

/**
 * Seconds in which an edition has to arrive, besides several times its airtime without loss. Whoever was killed while the index
 * was sent waits for one of its repetitions, which come every 30 s, and a burst of losses takes a whole one.
 */
const PATIENCE = 120;
const AIRTIMES = 5;
const LOOK_INTERVAL = 100;

/**
 * @param between milliseconds from an edition's arrival to the next change, on average
 * @param random what it draws for one bundle does not depend on the others
 */
export function createOperator(context: SoakContext, between: number, random: Prng): Operator {
  const { work, records, standing, now, broken } = context;
  const forks = new Map<string, Prng>();

  function randomOf({ name }: SoakBundle): Prng {
    const fork = forks.get(name) ?? random.fork(name);
    forks.set(name, fork);
    return fork;
  }

  const contentOf = (bundle: SoakBundle) => join(work, 'content', bundle.name);
  // a bundle has the name of its directory
  const sentAs: Operator['sentAs'] = ({ bundle, number }) => join(work, 'editions', `${number}`, bundle);

  async function change(bundle: SoakBundle): Promise<EditionRecord> {
    const before = records.latest(bundle.name);
    const edition = { bundle: bundle.name, number: (before?.number ?? 0) + 1 };
    const directory = sentAs(edition);
    makeEdition(directory, bundle, edition.number, randomOf(bundle));
    standing.add(edition, directory);
    const signed = await signEdition(work, directory, `${bundle.name}-${edition.number}`);
    const record = records.begin({ ...edition, changed: now() });
    publish(signed, contentOf(bundle));
    rmSync(signed, { recursive: true });
    if (before !== undefined) rmSync(sentAs(before), { recursive: true, force: true });
    return record;
  }

  const isThere = ({ arrivals }: EditionRecord) => RECEIVERS.every((name) => arrivals[name] !== undefined);

  async function awaitArrival(
    edition: EditionRecord,
    bundle: SoakBundle,
    receivers: readonly SoakReceiver[],
  ): Promise<void> {
    const latest = edition.changed + PATIENCE + AIRTIMES * bundle.seconds;
    while (!isThere(edition) && now() < latest && !broken.aborted) await pause(LOOK_INTERVAL, broken);
    if (broken.aborted) return;
    for (const receiver of receivers) receiver.lookFor(edition);
    for (const name of RECEIVERS) {
      if (edition.arrivals[name] !== undefined) continue;
      const seconds = Math.round(now() - edition.changed);
      records.fail(`${nameOf(edition)} did not come to receiver ${name} within ${seconds} s.`);
    }
  }

  return {
    contentOf,
    sentAs,
    change,
    async run(bundle, receivers, ended) {
      let edition = records.latest(bundle.name)!;
      for (;;) {
        await awaitArrival(edition, bundle, receivers);
        await pause(around(between, randomOf(bundle)), ended);
        if (ended.aborted) return;
        edition = await change(bundle);
      }
    },
  };
}
