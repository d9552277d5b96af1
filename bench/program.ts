import { Command } from 'commander';
import type { CliIo } from '../codecs/cli.js';
import { channelCommand } from './channel-command.js';
import { codecCommand } from './codec-command.js';
import { failureRateCommand } from './failure-rate-command.js';
import { floodCommand } from './flood-command.js';
import { lossCommand, mergeCommand } from './loss/index.js';
import { paceCommand } from './pace-command.js';
import { pipelineCommand } from './pipeline-command.js';
import { receptionCommand } from './reception-command.js';
import { relayCommand } from './relay-command.js';
import { reportCommand } from './report/index.js';
import { soakCommand } from './soak/index.js';

/** `datacast-bench`: what engineers use to try and measure the codecs. */
export function createBenchProgram(io: CliIo): Command {
  return new Command('datacast-bench')
    .description('Simulated channels for recordings, and measurements of the codecs.')
    .addCommand(channelCommand(io))
    .addCommand(codecCommand(io))
    .addCommand(failureRateCommand(io))
    .addCommand(floodCommand(io))
    .addCommand(lossCommand(io))
    .addCommand(mergeCommand(io))
    .addCommand(paceCommand(io))
    .addCommand(pipelineCommand(io))
    .addCommand(receptionCommand(io))
    .addCommand(relayCommand(io))
    .addCommand(reportCommand(io))
    .addCommand(soakCommand(io));
}
