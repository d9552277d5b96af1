#!/usr/bin/env node
import { outliveReaders } from '../codecs/node/broken-pipe.js';
import { CliError, runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { settleBeforeExit } from '../codecs/node/threads/end-thread.js';
import { createReceiveProgram } from './program.js';

outliveReaders();
// What was begun is removed before the program ends.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new CliError('Interrupted: nothing was written.')));
}

const program = createReceiveProgram({ io: process, crypto: nodeCrypto, interrupted: interruption.signal });
process.exitCode = await runCli(program, process.argv.slice(2), process);
await settleBeforeExit();
