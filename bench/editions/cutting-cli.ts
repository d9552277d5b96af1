#!/usr/bin/env node
/** Prints what cutting costs: `node dist/bench/editions/cutting-cli.js [bytes, 95e6] [edits, 4] [seed, 1]`. */

import { formatBytes, formatCount } from '../../codecs/text.js';
import { DEFAULT_LEVEL } from '../../encoder/content/level.js';
import { measureCutting } from './cutting.js';

const [bytes = '95e6', edits = '4', seed = '1'] = process.argv.slice(2);
const figures = await measureCutting({
  bytes: Number(bytes),
  seed: Number(seed),
  level: DEFAULT_LEVEL,
  edits: Number(edits),
});
console.log(`${formatCount(figures.files, 'file')}, index of ${formatBytes(figures.indexBytes)}`);
console.log(
  `text ${figures.againstSolid.toFixed(3)} x one archive, which is a ${figures.solidRatio.toFixed(1)}th of the text`,
);
for (const { class: name, parts, unpacked, bytes: packed, largest } of figures.classes) {
  console.log(
    `${name}: ${formatCount(parts, 'part')}, ${formatBytes(unpacked)}, packed ${formatBytes(packed)}, the largest ${formatBytes(largest)}`,
  );
}
for (const { kind, changedParts, bytes: cost, mostBytes } of figures.edits) {
  console.log(
    `${kind}: ${changedParts.toFixed(2)} parts, ${formatBytes(Math.round(cost))} on average, ${formatBytes(mostBytes)} at most`,
  );
}
