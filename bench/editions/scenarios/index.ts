import type { Scenario } from '../scenario.js';
import { addPage } from './add-page.js';
import { clashes } from './clashes.js';
import { compressed } from './compressed.js';
import { edits } from './edits.js';
import { efficiency } from './efficiency.js';
import { hourly } from './hourly.js';
import { airtime, all, first } from './joins.js';
import { lastSymbol } from './last-symbol.js';
import { memoryScenarios } from './memory.js';
import { memoryReceiveGroup } from './memory-group.js';
import { third } from './third.js';

export const SCENARIOS: readonly Scenario[] = [
  edits,
  hourly,
  first,
  third,
  all,
  airtime,
  efficiency,
  compressed,
  addPage,
  ...memoryScenarios,
  memoryReceiveGroup,
  lastSymbol,
  clashes,
];
