import { LANGUAGES, type Language } from '../../../../codecs/page/index.js';
import { LANGUAGE_NAMES } from '../../words/index.js';
import { screenOf } from '../state.js';
import type { ViewProps } from './view-props.js';

/** What is there on every screen: hide, the language, how things look, and the way back. */
export function Header({ state, actions, words }: ViewProps) {
  const { name } = screenOf(state);
  const isBegun = name !== 'welcome' && name !== 'deleted';
  return (
    <header>
      <div class="bar">
        <h1>{state.title}</h1>
        <button type="button" class="hide" title={words.hideHint} onClick={actions.hide}>
          {words.hide}
        </button>
      </div>
      <div class="bar tools">
        {state.screens.length > 1 && isBegun && (
          <button type="button" class="quiet" onClick={actions.back}>
            <span aria-hidden="true" class="arrow" /> {words.back}
          </button>
        )}
        {isBegun && name !== 'search' && (
          <button type="button" class="quiet" onClick={() => actions.open({ name: 'search' })}>
            {words.search}
          </button>
        )}
        {isBegun && name !== 'pass-on' && (
          <button type="button" class="quiet" onClick={() => actions.open({ name: 'pass-on' })}>
            {words.passOn}
          </button>
        )}
        {isBegun && name !== 'help' && (
          <button type="button" class="quiet" onClick={() => actions.open({ name: 'help' })}>
            {words.help}
          </button>
        )}
        <span class="space" />
        <LookTools {...{ state, actions, words }} />
        <LanguageChoice {...{ state, actions, words }} />
      </div>
    </header>
  );
}

type ToolProps = Pick<ViewProps, 'state' | 'actions' | 'words'>;

function LookTools({ state, actions, words }: ToolProps) {
  const { isDark } = state.look;
  return (
    <>
      <button type="button" class="quiet" aria-label={words.smaller} onClick={() => actions.resize(-1)}>
        A−
      </button>
      <button type="button" class="quiet" aria-label={words.larger} onClick={() => actions.resize(1)}>
        A+
      </button>
      <button type="button" class="quiet" onClick={actions.toggleDark}>
        {isDark ? words.light : words.dark}
      </button>
    </>
  );
}

function LanguageChoice({ state, actions, words }: ToolProps) {
  return (
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
  );
}
