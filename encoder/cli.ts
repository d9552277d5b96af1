#!/usr/bin/env node
import { limitYoungMemory } from '../codecs/node/heap-limits.js';

limitYoungMemory();
// Loading the program takes much of that memory already.
await import('./main.js');
