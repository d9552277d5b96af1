/** How long a browser may take to go back, milliseconds. */
const PATIENCE = 500;

/**
 * Leaves the page so that nothing of it can be seen: the tab is empty, and "Back" does not return to it. Each screen has an
 * entry in the history of the tab, so the first of them is what is replaced.
 */
export function leave(): void {
  clear();
  const empty = () => location.replace('about:blank');
  const { state } = history;
  if (typeof state !== 'number') {
    empty();
    return;
  }
  const back = (event: Event) => {
    event.stopImmediatePropagation();
    empty();
  };
  addEventListener('popstate', back, { capture: true });
  setTimeout(empty, PATIENCE);
  history.go(1 - state);
}

function clear(): void {
  document.title = '';
  document.documentElement.replaceChildren();
}
