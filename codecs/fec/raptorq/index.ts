export type { RaptorQParameters } from './parameters.js';
export { createRaptorQScheme } from './scheme.js';
