import { Command } from 'commander';
import type { CliIo } from '../codecs/node/command.js';
import { packageVersion } from '../codecs/node/version.js';
import { adversaryCommand } from './adversary/command.js';
import { attackCommand } from './adversary/live/attack-command.js';
import { channelCommand } from './channel/channel-command.js';
import { traceCommand } from './channel/trace-command.js';
import { codecCommand } from './codec/codec-command.js';
import { failureRateCommand } from './codec/failure-rate-command.js';
import { editionsCommand } from './editions/command.js';
import { floodCommand } from './flood/flood-command.js';
import { shareCommand } from './flood/share-command.js';
import { fuzzCommand } from './fuzz/command.js';
import { paceCommand } from './live/pace-command.js';
import { receptionCommand } from './live/reception-command.js';
import { relayCommand } from './live/relay-command.js';
import { lossCommand, mergeCommand } from './loss/index.js';
import { pageCommand } from './page/page-command.js';
import { pipelineCommand } from './pipeline/pipeline-command.js';
import { plansCommand } from './plans/command.js';
import { reportCommand } from './report/index.js';
import { soakCommand } from './soak/command.js';
import { televisionCommand } from './television/command.js';

/** `datacast-bench`: what engineers use to try and measure the codecs. */
export function createBenchProgram(io: CliIo): Command {
  return new Command('datacast-bench')
    .version(packageVersion())
    .description('Simulated channels for recordings, and measurements of the codecs.')
    .addCommand(adversaryCommand(io))
    .addCommand(attackCommand(io))
    .addCommand(channelCommand(io))
    .addCommand(codecCommand(io))
    .addCommand(editionsCommand(io))
    .addCommand(failureRateCommand(io))
    .addCommand(floodCommand(io))
    .addCommand(fuzzCommand(io))
    .addCommand(shareCommand(io))
    .addCommand(lossCommand(io))
    .addCommand(mergeCommand(io))
    .addCommand(paceCommand(io))
    .addCommand(pageCommand(io))
    .addCommand(pipelineCommand(io))
    .addCommand(plansCommand(io))
    .addCommand(receptionCommand(io))
    .addCommand(relayCommand(io))
    .addCommand(reportCommand(io))
    .addCommand(soakCommand(io))
    .addCommand(televisionCommand(io))
    .addCommand(traceCommand(io));
}
