import { Command } from 'commander';
import type { CliIo } from '../codecs/cli.js';
import type { Crypto } from '../codecs/crypto/index.js';
import { encodeCommand } from './encode-command.js';
import { inspectCommand } from './inspect-command.js';
import { keygenCommand } from './keygen-command.js';
import type { PasswordSource } from './password.js';
import { planCommand } from './plan-command.js';
import { sendCommand } from './send/send-command.js';

/** What the commands take from the world around them. */
export interface Surroundings {
  readonly io: CliIo;
  readonly crypto: Crypto;
  readonly passwords: PasswordSource;
  /** Unix time in milliseconds. */
  now(): number;
  /** Aborted when the operator gives up; the reason is the error to report. */
  readonly interrupted: AbortSignal;
}

/** `datacast`: what operators use. */
export function createProgram(surroundings: Surroundings): Command {
  return new Command('datacast')
    .description('Signed, fountain-coded bundles of files for one-way satellite and multicast links.')
    .addCommand(keygenCommand(surroundings))
    .addCommand(planCommand(surroundings))
    .addCommand(encodeCommand(surroundings))
    .addCommand(inspectCommand(surroundings))
    .addCommand(sendCommand(surroundings));
}
