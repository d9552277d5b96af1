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

/** The buttons of the browser lead here again, after "Hide" as well; not where the browser itself had put the tab aside. */
export function isReturn(): boolean {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return entry?.type === 'back_forward' && !(document as { wasDiscarded?: boolean }).wasDiscarded;
}

/** Nothing is to be seen, and this entry in the history of the tab is empty from now on. */
export function stayEmpty(): void {
  clear();
  location.replace('about:blank');
}

function clear(): void {
  document.title = '';
  document.documentElement.replaceChildren();
}
