import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageVersion } from '../../codecs/node/version.js';
import { type Environment, environment } from '../environment.js';
import type { Plot } from '../report/output/document.js';
import { createLaboratory, type Parameters, parametersOf } from './laboratory.js';
import { readablePlot } from './plot.js';
import { meetsBar, type Scenario, type ScenarioResult } from './scenario.js';

export interface EditionsOptions {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  readonly isQuick: boolean;
  /** The plot takes a simulation more. */
  readonly isPlotted: boolean;
  say(sentence: string): void;
}

export interface EditionsReport {
  readonly environment: Environment;
  readonly version: string;
  readonly isQuick: boolean;
  readonly parameters: Parameters;
  readonly scenarios: readonly ScenarioResult[];
  readonly plot: Plot | undefined;
}

/** Runs scenarios one after the other. Its files are gone when it ends. */
export async function measureEditions(options: EditionsOptions): Promise<EditionsReport> {
  const { scenarios, seed, isQuick, isPlotted, say } = options;
  const parameters = parametersOf(seed, isQuick);
  const work = mkdtempSync(join(tmpdir(), 'datacast-editions-'));
  try {
    const laboratory = await createLaboratory(work, parameters, say);
    const results: ScenarioResult[] = [];
    for (const { name, title, method, run } of scenarios) {
      say(`${name}: ${title}`);
      const began = performance.now();
      const figures = await run(laboratory);
      results.push({ name, title, method, figures, seconds: (performance.now() - began) / 1000 });
    }
    const plot = isPlotted ? await readablePlot(laboratory) : undefined;
    const version = packageVersion();
    return { environment: environment(), version, isQuick, parameters, scenarios: results, plot };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Figures that do not meet their bars. */
export function missed(report: EditionsReport): number {
  return report.scenarios.flatMap(({ figures }) => figures).filter((figure) => meetsBar(figure) === false)
    .length;
}
