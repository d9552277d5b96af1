import { type CellRecord, DEFAULT_CELL } from '../loss/index.js';
import type { Findings } from './experiments.js';
import type { Plot, Report, Section, Table } from './output/document.js';
import { ofSet } from './output/style.js';
import { completionPlot, fastestOfEach, joiningPlot, ownPlot } from './plots/completion.js';
import { comparedCosts, costsPlot, ownCosts } from './plots/costs.js';
import { efficiencyPlot } from './plots/efficiency.js';
import { overheadPlot } from './plots/overhead.js';
import { singlePassPlot } from './plots/single-pass.js';
import { goals, goalsTable } from './tables/goals.js';
import {
  blocksTable,
  costsTable,
  efficiencyTable,
  exactTable,
  overheadTable,
  passesTable,
  plannerTable,
  timeTable,
} from './tables/tables.js';
import { channelsTable, failuresTable, parametersTable } from './tables/tables-of-method.js';

/** Where and how the report was made, as sentences and rows. */
export interface Making {
  /** The command that makes it again. */
  readonly command: string;
  /** A command to be run before it. */
  readonly before?: string;
  readonly seed: number;
  /** Name and value. */
  readonly facts: readonly (readonly [string, string])[];
}

const FASTEST_NOTE =
  'Reference models with the code rate that is fastest on the channel; all rates are in the results. Seconds: of trials that completed.';
const TITLE = 'Loss-rate experiments';

/** The whole report. Parts for which there are no results are left out. */
export function composeReport(findings: Findings, making: Making): Report {
  const { records, failures, planner } = findings;
  const sections: Section[] = [
    section('Goals', [], [], [goalsTable(goals(records, failures, planner))]),
    ownSection(records),
    completionSection(records),
    section(
      'Overhead beyond K symbols',
      ['An ideal code is complete with any K symbols.'],
      [overheadPlot(records)],
      records.length === 0 ? [] : [overheadTable(records)],
    ),
    section(
      'Efficiency against loss',
      [
        'Efficiency is bundle bits / (channel capacity x airtime used), for a receiver that listens from the first datagram until it is ' +
          'complete. The sender goes on with fresh symbols; the other codes have none and repeat theirs.',
      ],
      [efficiencyPlot(records)],
      ofSet(records, 'efficiency').length === 0 ? [] : [efficiencyTable(records)],
    ),
    joiningSection(records),
    costsSection(records),
    section(
      'Failure statistics of the code',
      [
        'The design goal of RFC 6330: K, K+1 and K+2 symbols fail at most 1 time in 100, 10,000 and 1,000,000.',
      ],
      [],
      failures.length === 0 ? [] : [failuresTable(failures)],
    ),
    section(
      'The planner against the simulation',
      [
        'Plans for one object, simulated without change: their blocks, their repair, one pass, a receiver that listens from the start. The ' +
          'command "datacast plan" plans editions of several objects: "datacast-bench plans" simulates those.',
      ],
      [],
      planner.length === 0 ? [] : [plannerTable(planner)],
    ),
    methodSection(findings, making),
  ];
  return {
    title: TITLE,
    commands: [...(making.before === undefined ? [] : [making.before]), making.command],
    introduction: [
      `This writes the page. The same seed, ${making.seed}, gives the same figures on every machine, except for the times.`,
      'Fast mode counts symbols and asks the real decoder whether they rebuild a block; exact mode runs the real encoder, channel and ' +
        'receiver and compares every byte. The other codes are reference models at symbol level, not implementations.',
      `Each cell sends one object, in the blocks that the encoder makes, of ${DEFAULT_CELL.blockSymbols.toLocaleString('en')} symbols at most, ` +
        'where no table says otherwise. The encoder sends an edition as several objects, which takes more airtime: docs/experiments.md has ' +
        'figures. Reference models have the blocks that are best for them.',
    ],
    sections: sections.filter(({ plots, tables }) => plots.length + tables.length > 0),
  };
}

function section(
  title: string,
  paragraphs: readonly string[],
  plots: readonly (Plot | undefined)[],
  tables: readonly Table[],
): Section {
  const drawn = plots.filter((plot) => plot !== undefined);
  return { title, paragraphs, plots: drawn, tables: tables.filter(({ rows }) => rows.length > 0) };
}

function completionSection(records: readonly CellRecord[]): Section {
  return section(
    'Complete reception against airtime',
    [
      'Rain fades take a fifth of the time here, as in a rainy hour: of a whole year they take so little that hardly one of hundreds of ' +
        'receivers would meet one. A fifth of the receivers begin in a fade.',
      'Other codes have the parameters that those choose who know them: Reed-Solomon over GF(2^8) of (255, k) with k from 223 to 64, over ' +
        'GF(2^16) blocks of 1,000 source symbols, LDPC-Staircase N1 = 5 and 7 with Gaussian elimination after the iteration. Of each the ' +
        'best rate is shown.',
    ],
    [completionPlot(records), singlePassPlot(records)],
    [timeTable('Time to complete on each channel', fastestOfEach(ofSet(records, 'models')), FASTEST_NOTE)],
  );
}

/** What somebody has tried of his own, with the options of `datacast-bench loss`. */
function ownSection(records: readonly CellRecord[]): Section {
  const own = ofSet(records, 'custom');
  return section(
    'Own cells',
    [
      'Cells that were given by the options of "datacast-bench loss". Efficiency and costs of each are in loss.csv.',
    ],
    [ownPlot(records)],
    [timeTable('Time to complete', own)],
  );
}

function joiningSection(records: readonly CellRecord[]): Section {
  const joins = [...ofSet(records, 'join-size'), ...fastestOfEach(ofSet(records, 'join'))];
  return section(
    'Joining at a random moment',
    ['With our code a receiver does not wait for a pass to begin: every symbol that it receives is new.'],
    [joiningPlot(records)],
    [timeTable('Time to complete from joining on', joins, FASTEST_NOTE), passesTable(records)],
  );
}

function costsSection(records: readonly CellRecord[]): Section {
  return section(
    'What each ingredient costs',
    [],
    [costsPlot(records)],
    [costsTable([...ownCosts(records), ...comparedCosts(records)]), blocksTable(records)],
  );
}

function methodSection({ records, plannerRecords }: Findings, { facts }: Making): Section {
  const all = [...records, ...plannerRecords];
  const making: Table = {
    title: 'Machine and versions',
    columns: [
      { title: 'What', align: 'left' },
      { title: 'Value', align: 'left' },
    ],
    rows: facts,
  };
  const tables = [exactTable(records), channelsTable(records), parametersTable(all), making];
  return section('Method, parameters and versions', [], [], tables);
}
