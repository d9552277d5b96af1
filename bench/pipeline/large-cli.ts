import { outliveReaders } from '../../codecs/node/broken-pipe.js';
import { settleBeforeExit } from '../../codecs/node/threads/end-thread.js';
import { largeJob, largeReport } from './large.js';

const DEFAULT_LEVEL = 19;

outliveReaders();
process.stdout.write(largeReport(largeJob(DEFAULT_LEVEL)));
await settleBeforeExit();
