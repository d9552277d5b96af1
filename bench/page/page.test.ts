import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsersHere } from '../../fixtures/browsers.js';
import { measureCase, type PageCase } from './cases.js';
import { createMaterial, type Material } from './material.js';
import { formatFigures } from './text.js';

const RECORDING = { content: 'site', bytes: 400_000, forged: 0 } as const;
const CASE: PageCase = { name: 'little', title: 'A little', recording: RECORDING, bars: { seconds: 0 } };

let directory = '';
let material: Material;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-bench-page-'));
  material = createMaterial({ directory, seed: 1, loss: 0.2, say: () => {} });
});
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

describe.each(browsersHere())('%s', (browser) => {
  it('is measured, from scratch and after it was killed', async () => {
    const first = await measureCase({ ...CASE, share: 0.8 }, { material, browser, previous: undefined });
    expect(first.reading).toMatchObject({ isComplete: true });
    expect(first.reading.processorSeconds).toBeGreaterThan(0);
    expect(first.reading.memory).toBeGreaterThan(0);
    expect(first.reading.firstPaint).toBeGreaterThan(0);
    const again = { ...CASE, before: 0.6, bars: { ratio: 1 } };
    const second = await measureCase(again, { material, browser, previous: first });
    expect(second.ratio).toBeCloseTo(second.reading.seconds / first.reading.seconds);
    expect(formatFigures([first, second])).toContain(`**${first.reading.seconds.toFixed(1)} (0.0)**`);
  });
});

it.skipIf(browsersHere().length === 0)('says when the page has something else than was sent', async () => {
  const [browser] = browsersHere();
  const source = material.recording(RECORDING).directory;
  const changed = readdirSync(source).find((name) => name.endsWith('.html'))!;
  writeFileSync(join(source, changed), 'something else');
  const measuring = measureCase(CASE, { material, browser: browser!, previous: undefined });
  await expect(measuring).rejects.toThrow(`${changed} is missing in the page, or differs`);
});
