import { prepareCells } from './run.js';
import { serve } from './thread-tasks.js';

serve(prepareCells);
