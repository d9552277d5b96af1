#!/usr/bin/env node
import { runCli } from '../codecs/cli.js';
import { settleBeforeExit } from '../codecs/process/node.js';
import { createBenchProgram } from './program.js';

process.exitCode = await runCli(createBenchProgram(process), process.argv.slice(2), process);
await settleBeforeExit();
