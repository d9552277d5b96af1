import { createPrng } from '../../../fixtures/prng.js';
import { isStatement, isTable, pick, type Scene, type Source } from '../means/means.js';
import type { World } from '../world/world.js';
import { judge, type Measured, type Peaks } from './judgement.js';
import { LIMITS, type LimitsName } from './limits.js';
import type { Plan } from './plan.js';
import { type MakeReceiver, openSubject, type Subject } from './subject.js';

export interface CampaignResult {
  readonly seed: number;
  readonly attacker: string;
  readonly means: readonly string[];
  readonly verify: string;
  readonly limits: LimitsName;
  readonly store: string;
  readonly unattacked: number;
  readonly attacked: number | undefined;
  /** `attacked` / `unattacked`. */
  readonly factor: number | undefined;
  /** Datagrams of the attacker. */
  readonly hostile: number;
  readonly peaks: Peaks;
  /** Sentences; none when the receiver has stood its ground. */
  readonly failures: readonly string[];
}

/** Where a campaign that fails is given up, as a multiple of what is allowed. */
const PATIENCE = 2;
/** Steps that the attack goes on after everything is there, before and after a last restart. */
const AFTERMATH = 8;

/** Datagrams of an attacker alone that arrive together. */
const ALONE = 16;

/** The genuine datagrams of a campaign, as they arrive. */
interface Course {
  readonly earlier: readonly Uint8Array[];
  /** From the moment on at which the attack counts. */
  readonly main: readonly Uint8Array[];
  /** On the air before the receiver listened. */
  readonly before: readonly Uint8Array[];
}

/** Runs a campaign: first without the attack, then with it. */
export async function runCampaign(
  world: World,
  plan: Plan,
  makeReceiver?: MakeReceiver,
): Promise<CampaignResult> {
  const course = await courseOf(world, plan);
  const unattacked = await runUnattacked(world, plan, course);
  const subject = await openSubject(world, plan, makeReceiver);
  const attack = await createAttack(world, plan, course);
  const { attacked, given } = await runAttacked(world, plan, { course, unattacked, subject, attack });
  await subject.close();
  const { peaks, wrongs } = subject;
  const limits = LIMITS[plan.limits];
  const measured: Measured = { unattacked, attacked, given, peaks, limits, wrongs };
  return {
    seed: plan.seed,
    attacker: plan.attacker,
    means: plan.means.map(({ name }) => name),
    verify: plan.verify,
    limits: plan.limits,
    store: plan.store,
    unattacked,
    attacked,
    factor: attacked && attacked / unattacked,
    hostile: attack.sent(),
    peaks,
    failures: judge(measured),
  };
}

/** What is to be received. */
const goalOf = ({ programmes, succeeded }: World, { uplink }: Plan) =>
  uplink === 'next' ? succeeded : programmes.at(-1)!;

/** Whoever has the key is cut off from a certain datagram on. */
const isThief = ({ attacker }: Plan) => attacker === 'thief' || attacker === 'publisher-thief';

/** Whether a receiver hears from it that the stolen key counts no more. */
const isCutOff = (datagram: Uint8Array, { attacker }: Plan) =>
  attacker === 'thief' ? isTable(datagram) : isStatement(datagram);

async function courseOf(world: World, plan: Plan): Promise<Course> {
  const { layout, start, loss } = plan;
  const prng = createPrng(plan.seed).fork('course');
  const earlierKeys = isThief(plan) ? world.keys.first : world.keys[plan.uplink];
  const programme = world.programmes.at(plan.earlier.programme === 'newest' ? -1 : -2)!;
  const arrived = (datagrams: readonly Uint8Array[]) => datagrams.filter(() => !prng.chance(loss));
  const earlier = await world.broadcast(earlierKeys, programme, layout);
  const main = await world.broadcast(world.keys[plan.uplink], goalOf(world, plan), layout);
  const end = start + plan.earlier.datagrams;
  const isSame = earlier === main;
  // from the moment on at which the successor's certificate, or the statement of the publisher's next key, is heard
  const from = isSame
    ? end
    : isThief(plan)
      ? main.findIndex((each, i) => i >= start && isCutOff(each, plan))
      : start;
  return {
    before: earlier.slice(0, start),
    earlier: arrived(earlier.slice(start, end)),
    main: [...main.slice(from, from + 1), ...arrived(main.slice(from + 1))],
  };
}

async function runUnattacked(world: World, plan: Plan, { earlier, main }: Course): Promise<number> {
  const subject = await openSubject(world, { ...plan, store: 'memory' });
  // what rests on a stolen key may be forgotten when it is replaced
  if (!isThief(plan)) await subject.take(earlier);
  try {
    for (let given = 0; given < main.length; given += plan.step) {
      if (subject.has(goalOf(world, plan))) return Math.max(1, given);
      await subject.take(main.slice(given, given + plan.step));
    }
  } finally {
    await subject.close();
  }
  throw new Error(`Campaign ${plan.seed} has no end without an attack either.`);
}

interface Attack {
  next(): Promise<Uint8Array>;
  /** A genuine datagram is on the air. */
  hear(datagram: Uint8Array): void;
  sent(): number;
}

async function createAttack(world: World, plan: Plan, { before }: Course): Promise<Attack> {
  const prng = createPrng(plan.seed).fork('attack');
  const heard = [...before];
  const genuine = { keys: world.keys[plan.uplink], programme: goalOf(world, plan), layout: plan.layout };
  const sources: Source[] = [];
  for (const { name, create } of plan.means) {
    const scene: Scene = { prng: prng.fork(name), world, genuine, heard: () => heard };
    sources.push(await create(scene));
  }
  let sent = 0;
  return {
    hear: (datagram) => void heard.push(datagram),
    async next() {
      sent++;
      return pick(prng, sources)();
    },
    sent: () => sent,
  };
}

interface Attacked {
  readonly course: Course;
  readonly unattacked: number;
  readonly subject: Subject;
  readonly attack: Attack;
}

async function runAttacked(world: World, plan: Plan, { course, unattacked, subject, attack }: Attacked) {
  const prng = createPrng(plan.seed).fork('order');
  const { ratio, step, prelude, isAttackedEarly } = plan;
  let credit = 0;

  /** Genuine datagrams, and those of the attacker among them. */
  async function among(genuine: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const mixed: Uint8Array[] = [];
    for (const datagram of genuine) {
      credit += ratio * 2 * prng.uniform();
      const hostile: Uint8Array[] = [];
      for (; credit >= 1; credit--) hostile.push(await attack.next());
      const before = prng.below(hostile.length + 1);
      mixed.push(...hostile.slice(0, before), datagram, ...hostile.slice(before));
      attack.hear(datagram);
    }
    return mixed;
  }

  async function takeAll(genuine: readonly Uint8Array[], isAttacked: boolean): Promise<void> {
    for (let first = 0; first < genuine.length; first += step) {
      const taken = genuine.slice(first, first + step);
      if (isAttacked) await subject.take(await among(taken));
      else {
        await subject.take(taken);
        for (const each of taken) attack.hear(each);
      }
    }
  }

  async function attackAlone(count: number): Promise<void> {
    for (let left = count; left > 0; left -= ALONE) {
      const hostile: Uint8Array[] = [];
      while (hostile.length < Math.min(ALONE, left)) hostile.push(await attack.next());
      await subject.take(hostile);
    }
  }

  if (isAttackedEarly) await attackAlone(prelude);
  await takeAll(course.earlier, isAttackedEarly);
  if (!isAttackedEarly) await attackAlone(prelude);

  const most = Math.min(course.main.length, Math.ceil(PATIENCE * 1.5 * unattacked));
  const restarts = plan.restarts.map(({ at, how }) => ({ at: Math.round(at * unattacked), how }));
  let given = 0;
  let attacked: number | undefined;
  while (attacked === undefined && given < most) {
    while (restarts[0] !== undefined && restarts[0].at <= given) await subject.restart(restarts.shift()!.how);
    const taken = course.main.slice(given, given + step);
    await subject.take(await among(taken));
    given += taken.length;
    if (subject.has(goalOf(world, plan))) attacked = given;
  }
  const rest = course.main.slice(given);
  await takeAll(rest.slice(0, AFTERMATH * step), true);
  await subject.restart(pick(prng, ['close', 'kill'] as const));
  await takeAll(rest.slice(AFTERMATH * step, 2 * AFTERMATH * step), true);
  if (attacked !== undefined && !subject.has(goalOf(world, plan))) attacked = undefined;
  return { attacked, given };
}
