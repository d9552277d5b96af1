import { formatNumber } from '../codecs/text.js';

export function formatRate(bitsPerSecond: number): string {
  for (const [unit, size] of [
    ['Gbit/s', 1e9],
    ['Mbit/s', 1e6],
    ['kbit/s', 1e3],
  ] as const) {
    if (bitsPerSecond >= size) return `${formatNumber(bitsPerSecond / size)} ${unit}`;
  }
  return `${formatNumber(bitsPerSecond)} bit/s`;
}

/** `3 h 02 min 05 s`, or `1.2 s` below a minute. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${hours > 0 ? `${formatNumber(hours)} h ` : ''}${hours > 0 ? two(minutes) : minutes} min ${two(whole % 60)} s`;
}

/** 64000 as `64k`, as options take it. */
export function shortRate(bitsPerSecond: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    const value = bitsPerSecond / size;
    if (value >= 1 && Number(value.toFixed(6)) === value) return `${value}${unit}`;
  }
  return String(bitsPerSecond);
}
