/** What `cli.ts` runs. */

import { leaveUnread, outliveReaders } from '../codecs/node/broken-pipe.js';
import { runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { interruptedBySignals } from '../codecs/node/interruption.js';
import { settleBeforeExit } from '../codecs/node/threads/end-thread.js';
import { createReceiveProgram } from './program.js';

outliveReaders();
const interrupted = interruptedBySignals('Interrupted: nothing was written.');
const program = createReceiveProgram({ io: process, crypto: nodeCrypto, interrupted });
process.exitCode = await runCli(program, process.argv.slice(2), process);
await settleBeforeExit();
leaveUnread();
