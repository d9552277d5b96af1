#!/usr/bin/env node
import { CliError, runCli } from '../codecs/node/command.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { settleBeforeExit } from '../codecs/node/threads.js';
import { createReceiveProgram } from './program.js';

// What was begun is removed before the program ends.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new CliError('Interrupted: nothing was written.')));
}

const program = createReceiveProgram({ io: process, crypto: nodeCrypto, interrupted: interruption.signal });
process.exitCode = await runCli(program, process.argv.slice(2), process);
await settleBeforeExit();
