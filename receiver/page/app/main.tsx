/** The page: reads what it was made with, starts the engine, and shows the state whenever it has changed. */

import { render } from 'preact';
import { fingerprint, parsePublicKey, publisherId } from '../../../codecs/minisign/index.js';
import type { Language, PageSetting } from '../../../codecs/page/index.js';
import { isKept } from '../keep/names.js';
import { directionOf } from '../words/index.js';
import { createActions } from './actions.js';
import { readOwnPage } from './carried.js';
import { readPreferences } from './preferences.js';
import { type AppState, type Screen, screenOf } from './state.js';
import { App } from './views/app.js';
import './style.css';

function begin(): void {
  const page = readOwnPage(document);
  const { setting } = page;
  const name = storageName(setting);
  const preferences = readPreferences(name);
  const root = document.getElementById('app')!;
  const welcome: Screen = { name: 'welcome' };
  let state: AppState = {
    title: setting.title,
    language: preferences?.language ?? setting.language,
    look: preferences?.look ?? { textSize: 100, isDark: matchMedia('(prefers-color-scheme: dark)').matches },
    screens: [welcome],
    engine: undefined,
    wantsKeeping: preferences !== undefined,
    files: undefined,
    search: undefined,
    saving: undefined,
    isAskedToDelete: false,
    publishers: setting.trust.map((key) => fingerprint(publisherId(parsePublicKey(key)))),
  };
  const actions = createActions({
    page,
    name,
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      show();
    },
  });

  let dressed: Pick<AppState, 'language' | 'look'> | undefined;
  function show(): void {
    const { language, look } = state;
    // the browser would work out all styles anew
    if (dressed?.language !== language || dressed.look !== look) dress(language, look.textSize, look.isDark);
    dressed = { language, look };
    render(<App state={state} actions={actions} />, root);
  }

  // before anything else may take it
  addEventListener('keydown', (event) => event.key === 'Escape' && actions.hide(), { capture: true });
  if (preferences !== undefined) {
    actions.choose(true);
    return;
  }
  show();
  void isKept(name).then((was) => was && screenOf(state).name === 'welcome' && actions.choose(true));
}

/** What concerns the whole document. */
function dress(language: Language, textSize: number, isDark: boolean): void {
  const { documentElement } = document;
  documentElement.lang = language;
  documentElement.dir = directionOf(language);
  documentElement.style.fontSize = `${textSize}%`;
  documentElement.dataset.look = isDark ? 'dark' : 'light';
}

/** Pages of the same publishers share what is kept, where browsers let local pages share it. */
function storageName({ trust }: PageSetting): string {
  return `datacast ${trust
    .map((key) => publisherId(parsePublicKey(key)).slice(0, 16))
    .sort()
    .join(' ')}`;
}

begin();
