import { formatCount } from '../../codecs/text.js';

/** @param rate bits per second */
export function formatRate(rate: number): string {
  const [value, unit] = rate >= 1e6 ? [rate / 1e6, 'Mbit/s'] : [rate / 1e3, 'kbit/s'];
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

/** Seconds as people say them: `about 25 minutes`. */
export function formatTime(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes <= 1) return 'less than a minute';
  if (minutes <= 90) return `about ${formatCount(minutes, 'minute')}`;
  const hours = Math.round(minutes / 60);
  if (hours <= 48) return `about ${formatCount(hours, 'hour')}`;
  return `about ${formatCount(Math.round(hours / 24), 'day')}`;
}
