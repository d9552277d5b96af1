import { serve } from '../loss/thread-tasks.js';
import { prepareFailureTrials } from './failure-rate.js';

serve(prepareFailureTrials);
