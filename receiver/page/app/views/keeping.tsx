import type { ViewProps } from './view-props.js';

/** What stays on this device, and how to change that. */
export function Keeping({ state, actions, words }: ViewProps) {
  const { engine, wantsKeeping, isAskedToDelete } = state;
  // where the page is open a second time, that one says it
  if (engine === undefined || engine.failure?.isInUse) return null;
  const { isLasting, notKept, isWorking } = engine;
  const reasons = { refused: words.keptRefused, newer: words.keptNewer };
  const text = isLasting ? words.keptLasting : notKept ? reasons[notKept] : words.keptNothing;
  return (
    <section class="card" aria-labelledby="kept">
      <h2 id="kept">{words.kept}</h2>
      <p>{text}</p>
      {isAskedToDelete ? (
        <div role="alertdialog" aria-label={words.deleteSure}>
          <p>
            <strong>{words.deleteSure}</strong>
          </p>
          <p class="buttons">
            <button type="button" class="danger" onClick={actions.deleteAll}>
              {words.deleteYes}
            </button>
            <button type="button" onClick={() => actions.askToDelete(false)}>
              {words.deleteNo}
            </button>
          </p>
        </div>
      ) : (
        <p class="buttons">
          {!isLasting && !wantsKeeping && (
            <button type="button" disabled={isWorking} onClick={actions.keepFromNow}>
              {words.keepFromNow}
            </button>
          )}
          <button type="button" onClick={() => actions.askToDelete(true)}>
            {words.deleteAll}
          </button>
        </p>
      )}
    </section>
  );
}
