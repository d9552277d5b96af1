import { measureCutting } from '../cutting.js';
import { atMost, type Scenario } from '../scenario.js';

/** Level of `encode` and `send` by default. */
const LEVEL = 19;

/** What cutting costs the compressor. */
export const compressed: Scenario = {
  name: 'compressed',
  title: `Compressed size of front and text in parts, level ${LEVEL}`,
  method: 'measured',
  isQuick: false,
  async run({ parameters: { bytes, seed }, say }) {
    say(`Compressing ${bytes / 1e6} MB at level ${LEVEL}, in parts and as one.`);
    const { againstSolid } = await measureCutting({ bytes, seed, level: LEVEL, edits: 0 });
    return [
      {
        what: 'parts against one solid archive',
        value: againstSolid,
        unit: 'x',
        bar: atMost(1.1),
        former: '1',
      },
    ];
  },
};
