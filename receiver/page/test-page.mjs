/** `npm run test:page`: the tests of the page; with `--full` the measurements in real browsers, too, those of 1 GB included, which take longer. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

run('npx', 'vitest', 'run', 'receiver/page', 'codecs/page', 'encoder/page');
if (process.argv.includes('--full')) {
  run(process.execPath, 'dist/bench/cli.js', 'page');
  run(process.execPath, 'dist/bench/cli.js', 'page', '--case', 'large');
}
