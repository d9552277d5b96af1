import { CliError } from '../../codecs/node/command.js';

/** An experiment that cannot be run, or results that do not go together, said in a sentence. */
export class LossError extends CliError {
  override readonly name = 'LossError';
}
