import type { Words } from '../../words/index.js';
import type { Actions } from '../actions.js';
import type { Format } from '../format.js';
import type { AppState } from '../state.js';

/** What each part of the page is given. */
export interface ViewProps {
  readonly state: AppState;
  readonly actions: Actions;
  readonly words: Words;
  readonly format: Format;
}
