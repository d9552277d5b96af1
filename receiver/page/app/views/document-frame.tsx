import { useEffect, useRef, useState } from 'preact/hooks';
import {
  MAX_READ,
  openFrame,
  type SafeDocument,
  safeDocument,
  scrollToFragment,
} from '../../reader/index.js';
import type { ViewProps } from './view-props.js';

type Props = ViewProps & {
  readonly bundle: string;
  readonly path: string;
  readonly fragment: string;
  readonly file: Blob;
};

/** A page or a text of an edition, in a frame where nothing runs. */
export function DocumentFrame(props: Props) {
  const { file, state, words, path } = props;
  const place = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<SafeDocument | undefined>();
  const [isUnreadable, setUnreadable] = useState(false);
  const { look, language } = state;
  useEffect(() => {
    setUnreadable(false);
    const opening = openDocument(place.current!, props, setShown, () => setUnreadable(true));
    return () => opening.abort();
  }, [file, look, language]);
  return (
    <>
      {shown?.path === path && shown.leftOut.length > 0 && <p class="hint">{words.leftOut}</p>}
      {(shown === undefined || isUnreadable) && (
        <p role="status">{isUnreadable ? words.notReadable : words.starting}</p>
      )}
      <div class="document" ref={place} />
    </>
  );
}

/** Puts the document into `place`; aborting takes it away again. */
function openDocument(
  place: Element,
  props: Props,
  onShown: (shown: SafeDocument) => void,
  onUnreadable: () => void,
): AbortController {
  const { file, path, fragment, bundle, state, actions, words } = props;
  const gone = new AbortController();
  const open = async () => {
    place.setAttribute('aria-busy', 'true');
    const bytes = new Uint8Array(await file.slice(0, MAX_READ).arrayBuffer());
    const look = { ...state.look, language: state.language };
    const made = await safeDocument({ path, bytes }, (each) => actions.file(bundle, each), look);
    gone.signal.addEventListener('abort', made.release);
    if (gone.signal.aborted) {
      made.release();
      return;
    }
    const frame = document.createElement('iframe');
    frame.title = made.title || words.document;
    place.replaceChildren();
    await openFrame(frame, place, made, (link) => actions.open({ name: 'reading', bundle, ...link }));
    if (gone.signal.aborted) return;
    frame.contentDocument!.addEventListener('keydown', ({ key }) => key === 'Escape' && actions.hide());
    if (fragment !== '') scrollToFragment(frame, fragment);
    place.setAttribute('aria-busy', 'false');
    onShown(made);
  };
  open().catch(() => gone.signal.aborted || onUnreadable());
  return gone;
}
