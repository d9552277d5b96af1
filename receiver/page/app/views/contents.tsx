import { useEffect, useState } from 'preact/hooks';
import { PART_CLASSES, type PartClass } from '../../../../codecs/edition/index.js';
import type { BundleView, FileEntry } from '../../worker/protocol.js';
import { Isolated, isolate } from './isolated.js';
import type { ViewProps } from './view-props.js';

/** Files that are listed before one asks for more: a bundle may have 100,000. */
const SHOWN = 200;

/** They help to show pages, and nobody reads them. */
const FOR_PAGES = /\.(css|m?js|json|map|woff2?|[ot]tf|eot|ico)$/i;
const classOf = (entry: FileEntry): PartClass => (FOR_PAGES.test(entry.path) ? 'other' : entry.class);

/** What there is of a bundle, and what is still to come. */
export function Contents(props: ViewProps & { readonly bundle: string }) {
  const { state, words } = props;
  const bundle = state.engine?.bundles.find(({ key }) => key === props.bundle);
  const entries = state.files?.bundle === props.bundle ? state.files.entries : undefined;
  if (bundle === undefined) return <p>{words.nothingYet}</p>;
  return (
    <>
      <h2 class="apart">
        <Isolated text={words.contentsOf(isolate(bundle.name))} />
      </h2>
      {entries === undefined && <p role="status">{words.starting}</p>}
      {PART_CLASSES.map((partClass) => {
        const those = entries?.filter((entry) => classOf(entry) === partClass) ?? [];
        return those.length > 0 && <Files key={partClass} {...props} partClass={partClass} entries={those} />;
      })}
      <ToCome {...props} view={bundle} />
    </>
  );
}

type FilesProps = ViewProps & {
  readonly bundle: string;
  readonly partClass: PartClass;
  readonly entries: readonly FileEntry[];
};

function Files({ bundle, partClass, entries, actions, words, format }: FilesProps) {
  const [shown, setShown] = useState(SHOWN);
  const paths = entries.slice(0, shown).map(({ path }) => path);
  const [titles, setTitles] = useState<readonly string[]>([]);
  useEffect(() => {
    let isWanted = true;
    void actions.titles(bundle, paths).then((found) => isWanted && setTitles(found));
    return () => {
      isWanted = false;
    };
  }, [bundle, paths.join('\n')]);
  return (
    <section class="card" aria-labelledby={`class-${partClass}`}>
      <h3 id={`class-${partClass}`}>{words.classes[partClass]}</h3>
      <ul class="files">
        {entries.slice(0, shown).map(({ path, bytes, isEarlier }, i) => (
          <li key={path}>
            <button
              type="button"
              class="file"
              onClick={() => actions.open({ name: 'reading', bundle, path, fragment: '' })}
            >
              <bdi>{titles[i] || path}</bdi>
            </button>
            <span class="hint">
              {titles[i] && (
                <>
                  <bdi>{path}</bdi>
                  {words.comma}
                </>
              )}
              {isEarlier && words.earlierFile + words.comma}
              {format.bytes(bytes)}
            </span>
          </li>
        ))}
      </ul>
      {entries.length > shown && (
        <button type="button" onClick={() => setShown(shown + 5 * SHOWN)}>
          {words.more}
        </button>
      )}
    </section>
  );
}

function ToCome({ view, words, format }: ViewProps & { readonly view: BundleView }) {
  const [shown, setShown] = useState(SHOWN);
  const parts = view.parts.filter(({ state }) => state !== 'there');
  if (parts.length === 0) return null;
  return (
    <section class="card" aria-labelledby="to-come">
      <h3 id="to-come">{words.stillToCome}</h3>
      <ul class="files">
        {parts.slice(0, shown).map(({ sha256, label, files, bytes, state, share }) => (
          <li key={sha256}>
            <bdi>{label === '/' ? words.files(files, format.number(files)) : label}</bdi>
            <span class="hint">
              {[words.files(files, format.number(files)), format.bytes(bytes), words.states[state]].join(
                words.comma,
              )}
            </span>
            {state === 'receiving' && <progress aria-label={words.arrived(label)} max={1} value={share} />}
          </li>
        ))}
      </ul>
      {parts.length > shown && (
        <button type="button" onClick={() => setShown(shown + 5 * SHOWN)}>
          {words.more}
        </button>
      )}
    </section>
  );
}
