/** The report of the loss-rate experiments: `datacast-bench report`. */

export { reportCommand } from './command.js';
export type { Column, Plot, Report, Section, Table } from './output/document.js';
