import type { ViewProps } from './view-props.js';

/** The first opening: what may harm a person, and whether anything is kept. */
export function Welcome({ actions, words }: ViewProps) {
  return (
    <section class="card welcome" aria-labelledby="welcome">
      <h2 id="welcome">{words.welcome}</h2>
      <p>{words.welcomeText}</p>
      <ul class="warnings">
        <li>{words.warnPhone}</li>
        <li>{words.warnRedStar}</li>
      </ul>
      <p>{words.warnOthers}</p>
      <div class="choices">
        <Choice
          label={words.keepNothing}
          hint={words.keepNothingHint}
          onChoose={() => actions.choose(false)}
        />
        <Choice label={words.keepHere} hint={words.keepHereHint} onChoose={() => actions.choose(true)} />
      </div>
    </section>
  );
}

function Choice({ label, hint, onChoose }: { label: string; hint: string; onChoose(): void }) {
  return (
    <button type="button" class="choice" onClick={onChoose}>
      <strong>{label}</strong>
      <span>{hint}</span>
    </button>
  );
}

/** All was deleted, and what that does not reach. */
export function Deleted({ actions, words }: ViewProps) {
  return (
    <section class="card" aria-labelledby="deleted">
      <h2 id="deleted">{words.deleted}</h2>
      <p>{words.deletedText}</p>
      <p class="buttons">
        <button type="button" class="main" onClick={actions.hide}>
          {words.hide}
        </button>
        <button type="button" onClick={() => actions.open({ name: 'welcome' })}>
          {words.again}
        </button>
      </p>
    </section>
  );
}
