import { DEFAULT_LEVEL } from '../../../encoder/content/level.js';
import { measureCutting, SOLID_LEVEL } from '../cutting.js';
import { atMost, type Scenario } from '../scenario.js';

/** What cutting costs the compressor. */
export const compressed: Scenario = {
  name: 'compressed',
  title: `Compressed size of front and text in parts, level ${DEFAULT_LEVEL}`,
  method: 'measured',
  isQuick: false,
  async run({ parameters: { bytes, seed }, say }) {
    say(
      `Compressing ${bytes / 1e6} MB at level ${DEFAULT_LEVEL} in parts, and at level ${SOLID_LEVEL} as one.`,
    );
    const { againstSolid } = await measureCutting({ bytes, seed, level: DEFAULT_LEVEL, edits: 0 });
    return [
      {
        what: `parts against one solid archive at level ${SOLID_LEVEL}`,
        value: againstSolid,
        unit: 'x',
        bar: atMost(1.1),
        former: '1',
      },
    ];
  },
};
