import { serveTasks } from './pool.js';
import { prepareCells } from './run.js';

serveTasks(prepareCells);
