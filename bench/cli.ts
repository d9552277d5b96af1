#!/usr/bin/env node
import { runCli } from '../codecs/node/command.js';
import { settleBeforeExit } from '../codecs/node/threads.js';
import { createBenchProgram } from './program.js';

process.exitCode = await runCli(createBenchProgram(process), process.argv.slice(2), process);
await settleBeforeExit();
