import type { Keys } from '../../../encoder/keys/keys.js';
import type { Layout } from '../world/live.js';
import { LAYOUTS, type Programme, type World } from '../world/world.js';
import { type Hearing, hear, isTable, type Means, pick, replay, type Scene } from './means.js';

/** A layout that the genuine session is never sent with in a campaign. */
const OLD_LAYOUT: Layout = { mtu: 900, authDepth: 2 };

const older = (world: World, prng: Scene['prng']) => pick(prng, world.programmes.slice(0, -1));

interface Choice {
  readonly keys?: Keys;
  readonly programme?: Programme;
  readonly layout?: Layout;
}

/** What was sent in the session once, or somewhere else, with something that is not as it is now. */
function replayOf(name: string, choose: (scene: Scene) => Choice): Means {
  return {
    name,
    needs: 'stranger',
    async create(scene) {
      const { keys, programme, layout } = { ...scene.genuine, ...choose(scene) };
      return replay(scene.prng, await scene.world.broadcast(keys, programme, layout));
    },
  };
}

/** All that was ever sent in the session, but for what is sent now. */
async function everything({ world, prng, genuine }: Scene): Promise<Uint8Array[]> {
  const recordings = await Promise.all([
    world.broadcast(genuine.keys, older(world, prng), pick(prng, LAYOUTS)),
    world.broadcast(genuine.keys, genuine.programme, pick(prng, [OLD_LAYOUT, ...LAYOUTS])),
    world.broadcast(world.keys.first, older(world, prng), pick(prng, LAYOUTS)),
    world.broadcast(
      pick(prng, [world.keys.other, world.keys.otherSession]),
      world.otherProgramme,
      LAYOUTS[0]!,
    ),
  ]);
  return recordings.flat();
}

/** Whatever was heard. */
export const REPLAY_OF_SESSION: Means<Hearing> = {
  name: 'replay of the same session',
  needs: 'stranger',
  create: (scene) => () => hear(scene),
};

export const REPLAYS: readonly Means[] = [
  REPLAY_OF_SESSION,
  replayOf('replay of older editions', ({ world, prng }) => ({ programme: older(world, prng) })),
  replayOf('replay of another MTU', ({ genuine }) => ({
    layout: { ...genuine.layout, mtu: OLD_LAYOUT.mtu },
  })),
  replayOf('replay of another authentication depth', ({ genuine }) => ({
    layout: { ...genuine.layout, authDepth: genuine.layout.authDepth === 0 ? 3 : 0 },
  })),
  replayOf('replay of an earlier uplink key', ({ world, prng }) => ({
    keys: world.keys.first,
    programme: pick(prng, world.programmes),
    layout: pick(prng, LAYOUTS),
  })),
  replayOf('replay of another trusted publisher', ({ world, prng }) => ({
    keys: pick(prng, [world.keys.other, world.keys.otherSession]),
    programme: world.otherProgramme,
  })),
  replayOf('replay of a publisher who is not trusted', ({ world }) => ({
    keys: world.keys.stranger,
    programme: world.otherProgramme,
  })),
  {
    name: 'replay of tables only',
    needs: 'stranger',
    create: async (scene) => replay(scene.prng, (await everything(scene)).filter(isTable)),
  },
  {
    name: 'replay of symbols only',
    needs: 'stranger',
    create: async (scene) =>
      replay(
        scene.prng,
        (await everything(scene)).filter((each) => !isTable(each)),
      ),
  },
];
