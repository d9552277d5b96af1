/** @param rate bits per second */
export function formatRate(rate: number): string {
  const [value, unit] = rate >= 1e6 ? [rate / 1e6, 'Mbit/s'] : [rate / 1e3, 'kbit/s'];
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

/** Hours, minutes and seconds, as `1:02:03`. */
export function formatTime(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
