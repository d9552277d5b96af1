import { Command } from 'commander';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { CliError, type CliIo } from '../../codecs/node/command.js';
import { formatNumber } from '../../codecs/text.js';
import { createPrng } from '../../fixtures/prng.js';
import { count, positiveNumber } from '../options.js';
import { openCountBar } from '../progress.js';
import { checkPlan, type PlanCheck } from './check.js';
import { randomQuestions } from './questions.js';
import { brokenPromises, LEVEL, plansText } from './text.js';

interface Options {
  questions: number;
  seed: number;
  trials: number;
  json?: true;
}

const NOTES = `
Asks datacast plan about contents of 1 kB to 20 MB and channels of each model, and has receivers listen to the recordings that
the encoder makes of each plan, in both orders. The simulation shares no code with the planner. A promise is broken when so few
receivers had everything as come by chance once in ${formatNumber(Math.round(1 / LEVEL))} cases, or when all together failed more often than four standard
deviations allow.

Examples:
  The whole list:
    datacast-bench plans
  Another one, for scripts:
    datacast-bench plans --seed 7 --json

Exit codes: 0 all promises are kept, 1 one is broken or the work failed, 2 wrong command line.`;

/** Datagrams that all receivers of a recording listen to. */
const WORK = 3e6;

/** `datacast-bench plans`: what the planner promises, against a simulation. */
export function plansCommand(io: CliIo): Command {
  return new Command('plans')
    .description('Ask datacast plan random questions, and compare its promises with a simulation.')
    .option('--questions <N>', 'questions', positiveNumber, 200)
    .option('--seed <N>', 'seed of the questions and of the channels', count, 1)
    .option('--trials <N>', 'receivers of each recording at most', positiveNumber, 2000)
    .option('--json', 'print every check as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ questions: number, seed, trials, json }: Options) => {
      const schemes = await loadFecSchemes();
      const questions = randomQuestions(number, createPrng(seed));
      const checks: PlanCheck[] = [];
      const bar = openCountBar(number, 'questions', io);
      try {
        for (const question of questions) {
          checks.push(await checkPlan(question, { schemes, seed, most: trials, work: WORK, level: LEVEL }));
          bar.advance(1);
        }
      } finally {
        bar.end();
      }
      io.stdout.write(json ? `${JSON.stringify(checks, null, 2)}\n` : plansText(checks));
      const broken = brokenPromises(checks);
      if (broken.length > 0) throw new CliError(broken.join('\n'));
    });
}
