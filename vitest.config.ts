import { availableParallelism } from 'node:os';
import { defineConfig, type Plugin } from 'vitest/config';

/**
 * Threads run compiled JavaScript. From the sources the file of a worker is that of the build which begins every run
 * (fixtures/build.ts).
 */
const workersOfTheBuild: Plugin = {
  name: 'workers-of-the-build',
  transform(code, id) {
    const root = import.meta.dirname;
    if (!id.startsWith(root) || id.includes('/node_modules/')) return undefined;
    const folder = id.slice(root.length, id.lastIndexOf('/'));
    const worker = /new URL\((['"])(?:\.\/)?([a-z-]*worker\.js)\1, import\.meta\.url\)/g;
    if (!worker.test(code)) return undefined;
    return code.replace(worker, (_, _quote, file) => `new URL('file://${root}/dist${folder}/${file}')`);
  },
};

export default defineConfig({
  plugins: [workersOfTheBuild],
  test: {
    include: ['{codecs,encoder,receiver,fixtures,bench,examples}/**/*.test.ts'],
    globalSetup: ['fixtures/build.ts'],
    // on two cores it would be one: most tests wait for programs that they have started
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // no test is a measurement: these end what stands still, on the slowest machine
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
