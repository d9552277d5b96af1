import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../../bench/channel/index.js';
import { durations, joinAtRandom } from '../../../bench/editions/simulation/joins.js';
import { wilson } from '../../../bench/loss/interval.js';
import { timeOfEverything } from '../../../bench/plans/receive.js';
import { recordingOf } from '../../../bench/plans/recording.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { formatSignature } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { trustedComment, UNTRUSTED_COMMENT } from '../../content/signed-index.js';
import { createKeys, type Keys, loadKeys } from '../../keys/keys.js';
import { CHANNEL_DEFAULTS } from '../../send/channel/channel.js';
import { objectPath } from '../../send/content/object-directory.js';
import { planEdition } from '../edition/plan-edition.js';
import type { PlannedObject } from '../edition/prepare.js';
import { typicalEdition } from '../edition/typical.js';
import { type PlannedBundle, planBundles } from './plan-bundles.js';

/** Of few datagrams, in which one more or less counts. Two-sided 99.9 %. */
const Z999 = 3.2905;
const SEED = 20_264;
const SEQUENCE = 2_000_000_000;
const RATE = 64_000;
const AIR = { rate: RATE, mtu: 1500, authDepth: 0 };
const CONFIDENCE = 0.95;
/** A mean may be so far from what is seen. */
const TOLERANCE = 0.03;
/** Loss that `datacast send` makes its repair for. */
const REPAIR_LOSS = 0.1;

let schemes: FecSchemes;
let directory: string;
let keys: Keys;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  directory = mkdtempSync(join(tmpdir(), 'small-content-'));
  const now = Date.UTC(2026, 5, 1);
  await createKeys(join(directory, 'keys'), nodeCrypto, { now });
  const noPassword = () => Promise.reject(new Error('The key has no password.'));
  keys = await loadKeys(join(directory, 'keys'), nodeCrypto, noPassword, now);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function standardError(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length);
}

function expectMean(promised: number, times: readonly number[], name: string): void {
  const seen = `${name}, seed ${SEED}: promised ${promised} s on average, seen ${mean(times)} s`;
  const allowed = TOLERANCE * mean(times) + 3 * standardError(times);
  expect(Math.abs(promised - mean(times)), seen).toBeLessThanOrEqual(allowed);
}

describe.each([0.01, 0.1, 0.3])('whoever joins at a loss of %d', (loss) => {
  const model = { model: 'bernoulli', loss } as const;

  it.each([3000, 10_000, 30_000])('a sequence of %d bytes has it in the mean time', (bytes) => {
    const objects = typicalEdition(bytes);
    const asked = { ...AIR, schemes, objects, model, confidence: CONFIDENCE, name: 'bundle' };
    const { expectLoss, stages } = planEdition(asked).sequence!;
    const recording = recordingOf({ objects, order: 'sequence', expectLoss, rate: RATE }, schemes);
    const { seconds, airtime, what } = recording;
    const prng = createPrng(SEED);
    const times = Array.from({ length: 1500 }, (_, i) => {
      const receiver = prng.fork(`${i}`);
      const joined = airtime * receiver.uniform();
      // What is being sent is no use to it; after the last datagram the first one comes.
      const next = seconds.findIndex((begin) => begin >= joined);
      const from = Math.max(0, next);
      const wait = (next < 0 ? airtime : seconds[from]!) - joined;
      const lost = () => receiver.chance(loss);
      return wait + timeOfEverything(recording, lost, receiver, { from, rounds: 64 })!;
    });
    expect(what.length).toBeLessThan(300);
    expectMean(stages.find(({ kind }) => kind === 'all')!.joining.expected!, times, `${bytes} bytes`);
  });

  it.each([10_000, 100_000])('a sender of %d bytes has it in the mean time, and in time', async (bytes) => {
    const objects = typicalEdition(bytes);
    const bundle: PlannedBundle = {
      name: 'bundle',
      objects,
      weight: 1,
      order: 'mixed',
      frontInterval: CHANNEL_DEFAULTS.frontInterval,
      rules: {},
      repair: { kind: 'loss', loss: REPAIR_LOSS },
    };
    const { tableInterval } = CHANNEL_DEFAULTS;
    const asked = { ...AIR, schemes, model, confidence: CONFIDENCE, tableInterval, bundles: [bundle] };
    const [planned] = planBundles(asked).bundles;
    if (planned!.listening !== 'from any moment') throw new Error(planned!.listening);
    const { stages } = planned!;
    const within = 3000;
    const { receivers } = await joinAtRandom({
      keys,
      schemes,
      rate: RATE,
      objects: directory,
      edition: editionOf(objects),
      order: 'mixed',
      losses: [loss],
      joins: 2000,
      within,
      random: createPrng(SEED),
    });
    // The sender ends soon after the last one has joined.
    const early = receivers.filter(({ joined }) => joined < within - 300);
    for (const [kind, end] of [
      ['front', 'frontAt'],
      ['all', 'completeAt'],
    ] as const) {
      const { expected, atConfidence } = stages.find((stage) => stage.kind === kind)!.joining;
      const times = durations(early, loss, end);
      expectMean(expected!, times, `${kind} of ${bytes} bytes`);
      const inTime = times.filter((time) => time <= atConfidence!).length;
      const seen = `${kind} of ${bytes} bytes, seed ${SEED}: ${inTime} of ${times.length} after ${atConfidence} s`;
      expect(wilson(inTime, times.length, Z999).high, seen).toBeGreaterThanOrEqual(CONFIDENCE);
    }
  });
});

/** An edition of so many bytes of nothing in particular, in a directory of objects. */
function editionOf(objects: readonly PlannedObject[]) {
  const prng = createPrng(SEED);
  const [index, ...parts] = objects.map(({ kind, bytes }) => {
    const content = Uint8Array.from({ length: bytes }, () => prng.below(256));
    const sha256 = createHash('sha256').update(content).digest('hex');
    writeFileSync(objectPath(directory, kind === 'index' ? 'index' : 'part', sha256), content);
    return { sha256, length: bytes, kind };
  });
  const signature = formatSignature({
    algorithm: 'ED',
    keyId: new Uint8Array(8),
    signature: new Uint8Array(64),
    trustedComment: trustedComment(SEQUENCE, 'bundle'),
    globalSignature: new Uint8Array(64),
    untrustedComment: UNTRUSTED_COMMENT,
  });
  return {
    name: 'bundle',
    sequence: SEQUENCE,
    index: { sha256: index!.sha256, length: index!.length, signature },
    parts: parts.map(({ kind, ...part }) => ({ ...part, class: kind as Exclude<typeof kind, 'index'> })),
    changed: 0,
    listed: [],
  };
}
