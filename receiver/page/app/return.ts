/**
 * The first script of the page. The buttons of the browser lead here again, after "Hide" as well: nothing is to be seen, the title neither,
 * and this entry in the history of the tab is empty from now on. Not where the browser itself had put the tab aside.
 */

const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
if (entry?.type === 'back_forward' && !(document as { wasDiscarded?: boolean }).wasDiscarded) {
  // what follows is not read: with content inside it takes seconds
  stop();
  location.replace('about:blank');
}
