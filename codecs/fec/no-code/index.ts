export { type NoCodeParameters, noCode } from './scheme.js';
