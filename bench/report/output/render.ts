import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';
import * as echarts from 'echarts';
import type { Plot } from './document.js';
import { escapeHtml } from './html.js';
import { FONT } from './style.js';

const FONTS = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');

/** Fonts by file: the pictures look the same on every machine, with fonts or without. */
const FONT_OPTIONS: NonNullable<ResvgRenderOptions['font']> = {
  loadSystemFonts: false,
  fontFiles: [join(FONTS, 'DejaVuSans.ttf'), join(FONTS, 'DejaVuSans-Bold.ttf')],
  defaultFontFamily: FONT,
  sansSerifFamily: FONT,
};

/** ECharts guesses the width of text where there is no canvas; the font knows it. */
function createTextMeasure(): (text: string, font?: string) => { width: number } {
  const widths = new Map<string, number>();
  return (text, font = '12px') => {
    const key = `${font} ${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      const size = /([\d.]+)px/.exec(font)?.[1] ?? '12';
      const weight = /\bbold\b/.test(font) ? 'bold' : 'normal';
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" xml:space="preserve"
        font-family="${FONT}" font-size="${size}" font-weight="${weight}">${escapeHtml(text)}</text></svg>`;
      width = new Resvg(svg, { font: FONT_OPTIONS }).getBBox()?.width ?? 0;
      widths.set(key, width);
    }
    return { width };
  };
}

echarts.setPlatformAPI({ measureText: createTextMeasure() });

/** What changes under a mouse: nothing in a picture. */
const HOVER_STYLES = /<style >.*?<\/style>\n?/s;

/** Draws a plot as SVG, with its title for those who cannot see it. */
export function renderSvg({ title, option, width, height }: Plot): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    const svg = chart.renderToSVGString().replace(HOVER_STYLES, '');
    return svg.replace(/^<svg [^>]*>/, (start) => `${start}\n<title>${escapeHtml(title)}</title>`);
  } finally {
    chart.dispose();
  }
}

/** Pixels of a picture for each pixel of its plot. */
export const PNG_SCALE = 2;

/** The same picture in pixels, on white. */
export function renderPng(svg: string): Uint8Array {
  const fitTo = { mode: 'zoom', value: PNG_SCALE } as const;
  return new Resvg(svg, { font: FONT_OPTIONS, fitTo, background: 'white' }).render().asPng();
}
