/** The program `datacast`; cli.ts loads it. */

import { leaveUnread, outliveReaders } from '../codecs/node/broken-pipe.js';
import { runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { interruptedBySignals, withMortalScrypt } from '../codecs/node/interruption.js';
import { settleBeforeExit } from '../codecs/node/threads/end-thread.js';
import { processTerminal } from './keys/password.js';
import { createProgram, loadCommands } from './program.js';

outliveReaders();
const interrupted = interruptedBySignals('Interrupted: nothing was written.');

const argv = process.argv.slice(2);
const surroundings = {
  io: process,
  crypto: withMortalScrypt(nodeCrypto, interrupted),
  passwords: { env: process.env, terminal: processTerminal() },
  words: { input: process.stdin, isTerminal: process.stdin.isTTY === true },
  now: Date.now,
  interrupted,
};
process.exitCode = await runCli(createProgram(surroundings, await loadCommands(argv)), argv, process);
await settleBeforeExit();
leaveUnread();
