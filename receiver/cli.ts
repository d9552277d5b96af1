#!/usr/bin/env node
import { limitOldMemory, limitYoungMemory } from '../codecs/node/heap-limits.js';

limitYoungMemory();
limitOldMemory();
// loaded afterwards: what it takes to load the program would let that memory grow before
await import('./main.js');
