import type { EChartsOption } from 'echarts';

/** A figure, drawn by ECharts. */
export interface Plot {
  /** Of its files, without extension: lower case letters and hyphens. */
  readonly name: string;
  readonly title: string;
  /** What is seen, in sentences. */
  readonly caption: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
}

export interface Column {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly align: 'left' | 'right';
}

/** All cells are plain text. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** What the columns mean, in sentences. */
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  /** Plain text. */
  readonly paragraphs: readonly string[];
  readonly plots: readonly Plot[];
  readonly tables: readonly Table[];
}

/** A report, the same for every form in which it is written. */
export interface Report {
  readonly title: string;
  /** Command lines that make it again. */
  readonly commands: readonly string[];
  readonly introduction: readonly string[];
  readonly sections: readonly Section[];
}

export const left = (title: string): Column => ({ title, align: 'left' });
export const right = (title: string): Column => ({ title, align: 'right' });
