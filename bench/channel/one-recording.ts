import { CliError } from '../../codecs/node/command.js';
import { type RecordingInput, recordingInputs } from '../../codecs/node/recordings/recording-input.js';

/** A recording by its path, a pipe, or standard input for `-`. @throws CliError for a directory with more than one */
export async function oneRecording(path: string): Promise<RecordingInput> {
  const [recording, another] = await recordingInputs([path]);
  if (another === undefined) return recording!;
  throw new CliError(`${path} is a directory with several recordings: give one of them.`);
}
