import { PART_CLASSES } from '../../../../codecs/edition/index.js';
import type { BundleView, PartView } from '../../worker/protocol.js';
import type { ViewProps } from './view-props.js';

type Props = ViewProps & { readonly bundle: BundleView };

/** A bundle: what it is, how far it is, and the way in. */
export function BundleCard(props: Props) {
  const { bundle, actions, words, format } = props;
  const { key, name, sequence, earlier, front, parts } = bundle;
  const id = `bundle-${key}`;
  const { there, files } = countFiles(parts);
  const isSameDay = earlier !== undefined && format.date(earlier) === format.date(sequence);
  const date = isSameDay ? format.moment : format.date;
  const isComplete = parts.every(({ state }) => state === 'there');
  return (
    <article class="card" aria-labelledby={id}>
      <h3 id={id}>
        <bdi>{name}</bdi>
      </h3>
      <p class="hint">{words.edition(date(sequence))}</p>
      <p>{isComplete ? words.complete : words.partly(format.number(there), format.number(files))}</p>
      {!isComplete && <HowFar {...props} />}
      {earlier !== undefined && <p>{words.earlierShown(date(earlier))}</p>}
      <p class="buttons">
        {front !== undefined && (
          <button
            type="button"
            class="main"
            aria-label={words.readNamed(name)}
            onClick={() => actions.open({ name: 'reading', bundle: key, path: front, fragment: '' })}
          >
            {words.read}
          </button>
        )}
        <button
          type="button"
          aria-label={words.contentsOf(name)}
          onClick={() => actions.open({ name: 'contents', bundle: key })}
        >
          {words.contents}
        </button>
      </p>
      <Trust {...props} />
    </article>
  );
}

function HowFar({ bundle, words, format }: Props) {
  const { name, parts, secondsLeft } = bundle;
  return (
    <>
      <progress aria-label={words.arrived(name)} max={1} value={shareOf(parts)} />
      <ul class="classes">
        {PART_CLASSES.map((partClass) => {
          const those = parts.filter((part) => part.class === partClass);
          if (those.length === 0) return null;
          const { there, files } = countFiles(those);
          return (
            <li key={partClass}>
              <span>{words.classes[partClass]}</span>
              <span class="hint">
                {format.number(there)} / {format.number(files)}
              </span>
            </li>
          );
        })}
      </ul>
      {secondsLeft !== undefined && <p>{words.timeLeft(format.duration(secondsLeft))}</p>}
    </>
  );
}

/** Who vouches for it, in words and as the number that people compare. */
function Trust({ bundle, words, format }: Props) {
  return (
    <details>
      <summary>{words.trust}</summary>
      <p>{words.trustText}</p>
      <dl>
        <dt>{words.fingerprint}</dt>
        {bundle.fingerprints.map((each) => (
          <dd key={each} class="fingerprint" dir="ltr">
            {each}
          </dd>
        ))}
        <dt>{words.madeOn}</dt>
        <dd>{format.date(bundle.sequence)}</dd>
      </dl>
    </details>
  );
}

/** By bytes, so that a film counts for what it is. */
function shareOf(parts: readonly PartView[]): number {
  const weight = ({ bytes }: PartView) => bytes + 1;
  const all = parts.reduce((sum, part) => sum + weight(part), 0);
  return parts.reduce((sum, part) => sum + weight(part) * part.share, 0) / Math.max(1, all);
}

function countFiles(parts: readonly PartView[]): { there: number; files: number } {
  const sum = (those: readonly PartView[]) => those.reduce((total, { files }) => total + files, 0);
  return { there: sum(parts.filter(({ state }) => state === 'there')), files: sum(parts) };
}
