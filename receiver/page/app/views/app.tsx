import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { WORDS } from '../../words/index.js';
import type { Actions } from '../actions.js';
import { createFormat } from '../format.js';
import { droppedFiles } from '../picked.js';
import { screenOf } from '../state.js';
import { Contents } from './contents.js';
import { Header } from './header.js';
import { Help } from './help.js';
import { Home } from './home.js';
import { PassOn } from './pass-on.js';
import { Reading } from './reading.js';
import { SearchScreen } from './search.js';
import type { ViewProps } from './view-props.js';
import { Deleted, Welcome } from './welcome.js';

/** The whole page, of its state. */
export function App({ state, actions }: Pick<ViewProps, 'state' | 'actions'>) {
  // the formats of a language take long to make
  const format = useMemo(() => createFormat(state.language), [state.language]);
  const view: ViewProps = {
    state,
    actions,
    words: WORDS[state.language],
    format,
  };
  const screen = screenOf(state);
  const isReading = screen.name === 'reading';
  const top = useRef<HTMLDivElement>(null);
  // as on a page that has just been opened, the keyboard begins at its top
  useEffect(() => top.current!.focus({ preventScroll: true }), [screen]);
  return (
    <div ref={top} tabIndex={-1} class={isReading ? 'page reading' : 'page'} {...dropTarget(actions)}>
      <Header {...view} />
      <main>{screenView(view)}</main>
    </div>
  );
}

function screenView(view: ViewProps): ComponentChildren {
  const screen = screenOf(view.state);
  switch (screen.name) {
    case 'welcome':
      return <Welcome {...view} />;
    case 'home':
      return <Home {...view} />;
    case 'contents':
      return <Contents {...view} bundle={screen.bundle} />;
    case 'reading':
      return <Reading {...view} {...screen} />;
    case 'search':
      return <SearchScreen {...view} />;
    case 'pass-on':
      return <PassOn {...view} />;
    case 'help':
      return <Help {...view} />;
    case 'deleted':
      return <Deleted {...view} />;
  }
}

/** Files and folders may be dropped anywhere. */
function dropTarget(actions: Actions) {
  return {
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop(event: DragEvent) {
      event.preventDefault();
      void droppedFiles(event.dataTransfer).then(actions.take);
    },
  };
}
