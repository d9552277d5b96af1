export { soakCommand } from './command.js';
