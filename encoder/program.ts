import { Command } from 'commander';
import { packageVersion } from '../codecs/node/version.js';
import type { Surroundings } from './surroundings.js';

export type CommandFactory = (surroundings: Surroundings) => Command;

/** By their names, in the order of the help. */
const COMMANDS = new Map<string, () => Promise<CommandFactory>>([
  ['keygen', async () => (await import('./keys/keygen-command.js')).keygenCommand],
  ['certify', async () => (await import('./keys/certify-command.js')).certifyCommand],
  ['succeed', async () => (await import('./keys/succession/succeed-command.js')).succeedCommand],
  ['sign', async () => (await import('./signed/sign-command.js')).signCommand],
  ['plan', async () => (await import('./planner/command/plan-command.js')).planCommand],
  ['encode', async () => (await import('./recording/encode-command.js')).encodeCommand],
  ['inspect', async () => (await import('./inspect/inspect-command.js')).inspectCommand],
  ['send', async () => (await import('./send/send-command.js')).sendCommand],
  ['page', async () => (await import('./page/page-command.js')).pageCommand],
]);

/**
 * The commands to run `argv` with. Of one that is named first no other is loaded: that takes longer than a short run.
 *
 * @param argv arguments after the program's name
 */
export async function loadCommands(argv: readonly string[] = []): Promise<CommandFactory[]> {
  const named = COMMANDS.get(argv[0] ?? '');
  return Promise.all((named === undefined ? [...COMMANDS.values()] : [named]).map((load) => load()));
}

/** `datacast`: what operators use. */
export function createProgram(surroundings: Surroundings, commands: readonly CommandFactory[]): Command {
  const program = new Command('datacast')
    .version(packageVersion())
    .description('Signed, fountain-coded bundles of files for one-way satellite and multicast links.');
  for (const create of commands) program.addCommand(create(surroundings));
  return program;
}
