import type { Command } from 'commander';
import { repeated } from '../../codecs/node/options.js';
import { IGNORE_FILE } from './exclusion.js';

/** Adds the options that say what of a directory is sent. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option(
      '--exclude <PATTERN>',
      `leave out what matches, as in a .gitignore file; may be given several times; ${IGNORE_FILE} in the directory does the same`,
      repeated,
    )
    .option('--follow-links', 'send what symbolic links lead to; otherwise they are refused');
}

export const SELECTION_NOTES = `Files of systems and editors, like .DS_Store, Thumbs.db, .git or ~$report.docx, are left out, since they can identify you; the report
names them. A pattern that begins with ! brings back what is left out: --exclude '!*.lnk'.`;
