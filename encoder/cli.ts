#!/usr/bin/env node
import { limitYoungMemory } from '../codecs/node/young-memory.js';

limitYoungMemory();
// Loading the program takes much of that memory already.
await import('./main.js');
