import type { Words } from '../../words/index.js';
import type { Notice } from '../../worker/protocol.js';
import type { Format } from '../format.js';
import { Isolated, isolate, isolateNumbers } from './isolated.js';
import type { ViewProps } from './view-props.js';

/** What came of what was added. */
export function Notices({ state, words, format }: ViewProps) {
  const { notices = [], isWorking = false, failure } = state.engine ?? {};
  const isShown = failure !== undefined || (notices.length > 0 && !isWorking);
  return (
    <section class={isShown ? 'card result' : ''} aria-label={words.result} role="status">
      {failure !== undefined && (
        <>
          <p class="bad">{failure.isInUse ? words.inUse : words.failed}</p>
          <Details words={words} text={failure.text} />
        </>
      )}
      {isShown &&
        notices.map((notice) => <NoticeLine key={JSON.stringify(notice)} {...{ notice, words, format }} />)}
    </section>
  );
}

interface LineProps {
  readonly notice: Notice;
  readonly words: Words;
  readonly format: Format;
}

function NoticeLine({ notice, words, format }: LineProps) {
  const isGood = notice.kind === 'added' || notice.kind === 'nothing-new' || notice.kind === 'succession';
  return (
    <div class={isGood ? 'good' : 'bad'}>
      <p>
        <Isolated text={sentence(notice, words, format)} />
      </p>
      {'why' in notice && <Details words={words} text={notice.why} />}
    </div>
  );
}

/** What only somebody who helps understands. */
function Details({ words, text }: { words: Words; text: string }) {
  return (
    <details>
      <summary>{words.details}</summary>
      <p lang="en" dir="ltr">
        {text}
      </p>
    </details>
  );
}

/** A notice in a person's words, for `Isolated`. */
export function sentence(notice: Notice, words: Words, format: Format): string {
  switch (notice.kind) {
    case 'added': {
      const { files } = notice;
      return files > 0 ? words.added(words.files(files, format.number(files))) : words.addedPieces;
    }
    case 'nothing-new':
      return words.nothingNew;
    case 'no-index':
      return words.noIndex;
    case 'no-recording':
      return words.noRecording(isolate(notice.name));
    case 'empty':
    case 'damaged':
    case 'unreadable':
    case 'altered':
    case 'unlisted':
      return words[notice.kind](isolate(notice.name));
    case 'stranger':
      return words.stranger(isolate(notice.name), isolateNumbers(notice.fingerprint));
    case 'stranger-part':
      return words.strangerPart(isolate(notice.name), isolateNumbers(notice.fingerprint));
    case 'succession':
      return words.succession(isolateNumbers(notice.fingerprint));
    case 'wrong-key':
      return words.wrongKey;
    case 'unsigned':
    case 'older':
    case 'refused':
      return words[notice.kind];
    case 'no-room':
      return words.noRoom;
    case 'no-session':
      return words.noSession;
    case 'forged':
      return words.forged(format.number(notice.count));
    case 'ahead':
      return words.ahead(isolate(notice.name), format.date(notice.sequence));
  }
}
