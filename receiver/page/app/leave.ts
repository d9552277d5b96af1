/** Leaves the page so that nothing of it can be seen: the tab is empty, and "Back" does not return to it. */
export function leave(): void {
  document.title = '';
  document.documentElement.replaceChildren();
  location.replace('about:blank');
}
