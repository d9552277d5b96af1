import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{codecs,encoder,receiver,fixtures,bench}/**/*.test.ts'],
    testTimeout: 120_000,
  },
});
