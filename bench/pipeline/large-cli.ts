import { settleBeforeExit } from '../../codecs/node/threads.js';
import { largeJob, largeReport } from './large.js';

const DEFAULT_LEVEL = 19;

process.stdout.write(largeReport(largeJob(DEFAULT_LEVEL)));
await settleBeforeExit();
