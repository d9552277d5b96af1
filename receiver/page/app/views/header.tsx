import { LANGUAGES, type Language } from '../../../../codecs/page/index.js';
import { LANGUAGE_NAMES } from '../../words/index.js';
import { type Screen, screenOf } from '../state.js';
import type { ViewProps } from './view-props.js';

/** What is there on every screen: hide, the way to other screens and back, and how things look. */
export function Header(view: ViewProps) {
  const { state, actions, words } = view;
  const { name } = screenOf(state);
  return (
    <header>
      <div class="bar">
        <h1>
          <bdi>{state.title}</bdi>
        </h1>
        {name !== 'welcome' && <LookMenu {...view} />}
        <button type="button" class="hide" title={words.hideHint} onClick={actions.hide}>
          {words.hide}
        </button>
      </div>
      <div class="bar tools">
        <Ways {...view} />
        {name === 'welcome' && <LookTools {...view} />}
      </div>
    </header>
  );
}

const SCREENS = ['search', 'pass-on', 'help'] as const satisfies readonly Screen['name'][];

/** While something is read there is little room, and the way back leads to the others. */
function Ways({ state, actions, words }: ViewProps) {
  const { name } = screenOf(state);
  if (name === 'welcome' || name === 'deleted') return null;
  const labels = { search: words.search, 'pass-on': words.passOn, help: words.help };
  return (
    <nav class="bar">
      {state.screens.length > 1 && (
        <button type="button" class="quiet" onClick={actions.back}>
          <span aria-hidden="true" class="arrow" /> {words.back}
        </button>
      )}
      {name !== 'reading' &&
        SCREENS.filter((each) => each !== name).map((each) => (
          <button key={each} type="button" class="quiet" onClick={() => actions.open({ name: each })}>
            {labels[each]}
          </button>
        ))}
    </nav>
  );
}

/** Folded away, so that the head stays low on a phone. */
function LookMenu(view: ViewProps) {
  return (
    <details class="look">
      <summary>{view.words.look}</summary>
      <LookTools {...view} />
    </details>
  );
}

function LookTools({ state, actions, words }: ViewProps) {
  const { isDark } = state.look;
  return (
    <div class="bar">
      <button type="button" class="quiet" onClick={() => actions.resize(-1)}>
        <span aria-hidden="true" dir="ltr">
          A−
        </span>
        <span class="unseen">{words.smaller}</span>
      </button>
      <button type="button" class="quiet" onClick={() => actions.resize(1)}>
        <span aria-hidden="true" dir="ltr">
          A+
        </span>
        <span class="unseen">{words.larger}</span>
      </button>
      <button type="button" class="quiet" onClick={actions.toggleDark}>
        {isDark ? words.light : words.dark}
      </button>
      <select
        aria-label={words.language}
        value={state.language}
        onChange={(event) => actions.setLanguage(event.currentTarget.value as Language)}
      >
        {LANGUAGES.map((language) => (
          <option key={language} value={language} lang={language}>
            {LANGUAGE_NAMES[language]}
          </option>
        ))}
      </select>
    </div>
  );
}
