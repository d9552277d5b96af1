import { Command } from 'commander';
import { packageVersion } from '../codecs/node/version.js';
import { inspectCommand } from './inspect/inspect-command.js';
import { certifyCommand } from './keys/certify-command.js';
import { keygenCommand } from './keys/keygen-command.js';
import { succeedCommand } from './keys/succession/succeed-command.js';
import { pageCommand } from './page/page-command.js';
import { planCommand } from './planner/command/plan-command.js';
import { encodeCommand } from './recording/encode-command.js';
import { sendCommand } from './send/send-command.js';
import { signCommand } from './signed/sign-command.js';
import type { Surroundings } from './surroundings.js';

/** `datacast`: what operators use. */
export function createProgram(surroundings: Surroundings): Command {
  return new Command('datacast')
    .version(packageVersion())
    .description('Signed, fountain-coded bundles of files for one-way satellite and multicast links.')
    .addCommand(keygenCommand(surroundings))
    .addCommand(certifyCommand(surroundings))
    .addCommand(succeedCommand(surroundings))
    .addCommand(signCommand(surroundings))
    .addCommand(planCommand(surroundings))
    .addCommand(encodeCommand(surroundings))
    .addCommand(inspectCommand(surroundings))
    .addCommand(sendCommand(surroundings))
    .addCommand(pageCommand(surroundings));
}
