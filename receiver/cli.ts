#!/usr/bin/env node
import { limitYoungMemory } from '../codecs/node/young-memory.js';

limitYoungMemory();
// loaded afterwards: what it takes to load the program would let that memory grow before
await import('./main.js');
