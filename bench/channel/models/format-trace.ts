/** What happened to one datagram after the other, as lines `received N` and `lost N` in turn. */
export function formatTrace(lost: Iterable<boolean>): string {
  const lines: string[] = [];
  let run = 0;
  let isLost = false;
  const end = () => {
    if (run > 0) lines.push(`${isLost ? 'lost' : 'received'} ${run}\n`);
    run = 0;
  };
  for (const each of lost) {
    if (each !== isLost) end();
    isLost = each;
    run++;
  }
  end();
  return lines.join('');
}
