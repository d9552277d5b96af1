import type { ViewProps } from './view-props.js';

/** Saves the page with all that has arrived. */
export function PassOn({ state, actions, words, format }: ViewProps) {
  const { engine, saving } = state;
  const { bundles = [], notices = [] } = engine ?? {};
  // pieces that wait for their index are passed on, too
  const hasContent = bundles.length > 0 || notices.some(({ kind }) => kind === 'no-index');
  const isBusy = engine?.isWorking !== false || (saving !== undefined && saving.bytes === undefined);
  return (
    <section class="card" aria-labelledby="pass-on">
      <h2 id="pass-on">{words.passOn}</h2>
      <p>{words.passOnText}</p>
      {!hasContent && <p>{words.nothingToPass}</p>}
      <p class="buttons">
        <button type="button" class="main" disabled={isBusy} onClick={actions.passOn}>
          {words.savePage}
        </button>
      </p>
      <p role="status">
        {saving !== undefined &&
          (saving.bytes === undefined ? words.saving : words.saved(format.bytes(saving.bytes)))}
      </p>
    </section>
  );
}
