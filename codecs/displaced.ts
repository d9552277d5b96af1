/**
 * What makes room where there is too much of what anybody may begin: of the half that is worth most nothing goes, of the rest what
 * comes first. So a flood of what is new displaces nothing of which much has come, and what is worth much and does not go on
 * leaves room for others.
 *
 * @param inOrder at least one, the one unused for longest first
 * @param worthOf of those worth alike the later ones stay
 */
export function displaced<Key>(inOrder: Iterable<Key>, worthOf: (key: Key) => number): Key {
  const all = [...inOrder];
  const byWorth = [...all].reverse().sort((a, b) => worthOf(b) - worthOf(a));
  const rest = new Set(byWorth.slice(all.length >> 1));
  return all.find((key) => rest.has(key))!;
}
