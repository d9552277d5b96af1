import { prepareFailureTrials } from './failure-rate.js';
import { serveTasks } from './loss/pool.js';

serveTasks(prepareFailureTrials);
