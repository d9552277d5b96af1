#!/usr/bin/env node
import { outliveReaders } from '../codecs/node/broken-pipe.js';
import { runCli } from '../codecs/node/command.js';
import { settleBeforeExit } from '../codecs/node/threads/end-thread.js';
import { createBenchProgram } from './program.js';

// a measurement that nobody reads is not worth its time
outliveReaders(() => process.exit());
process.exitCode = await runCli(createBenchProgram(process), process.argv.slice(2), process);
await settleBeforeExit();
