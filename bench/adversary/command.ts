import { Command } from 'commander';
import { CliError, type CliIo } from '../../codecs/node/command.js';
import { environment, environmentLine } from '../environment.js';
import { count, positiveNumber } from '../options.js';
import { openCountBar } from '../progress.js';
import type { CampaignResult } from './campaign/campaign.js';
import { runCampaigns } from './campaign/campaigns.js';
import { failureText, summarize, summaryText } from './summary.js';

interface AdversaryCommandOptions {
  campaigns: number;
  seed: number;
  jobs: number;
  json?: true;
}

const NOTES = `
A campaign is a receiver, a genuine session and an attacker with one to four means, drawn by the seed: replays of all that was
ever sent, damage, forgeries, junk, TOIs that clash; with a stolen uplink key, until its successor's certificate is heard; with
a stolen publisher's key, until its successor's statement is heard; or as another publisher whom the receiver trusts. The
campaign holds when the newest editions are complete, byte for byte, within 1.5 times the genuine datagrams that a receiver
needs without the attack, also after restarts, and no limit is exceeded.

Examples:
  A hundred campaigns:
    datacast-bench adversary
  One that has failed, once more:
    datacast-bench adversary --seed 57 --campaigns 1
  A long night:
    datacast-bench adversary --campaigns 100000 --jobs 8 --seed 1000000

Exit codes: 0 all campaigns held, 1 one did not, 2 wrong command line.`;

/** `datacast-bench adversary`: a receiver under attack, many times. */
export function adversaryCommand(io: CliIo): Command {
  return new Command('adversary')
    .description('Attack receivers with all that a stranger has, and see that they get the newest edition.')
    .option('--campaigns <N>', 'how many', positiveNumber, 100)
    .option('--seed <N>', 'of the first campaign; each has the next one', count, 1)
    .option('--jobs <N>', 'threads', positiveNumber, 1)
    .option('--json', 'print the result of each campaign and the summary as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ json, ...options }: AdversaryCommandOptions) => {
      const results: CampaignResult[] = [];
      const bar = openCountBar(options.campaigns, 'campaigns', io);
      const onResult = (result: CampaignResult) => {
        results.push(result);
        bar.advance(1);
        if (result.failures.length > 0) io.stderr.write(failureText(result));
      };
      await runCampaigns({ ...options, onResult }).finally(bar.end);
      results.sort((a, b) => a.seed - b.seed);
      const machine = environment();
      io.stdout.write(
        json
          ? `${JSON.stringify({ environment: machine, means: summarize(results, ({ means }) => means), results }, null, 2)}\n`
          : `${environmentLine(machine)}\n${summaryText(results)}`,
      );
      const failed = results.filter(({ failures }) => failures.length > 0).length;
      if (failed > 0) throw new CliError(`${failed} of ${results.length} campaigns have failed.`);
    });
}
