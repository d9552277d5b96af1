import { pickedFiles } from '../picked.js';
import { BundleCard } from './bundle-card.js';
import { Isolated, isolate } from './isolated.js';
import { Keeping } from './keeping.js';
import { Notices } from './notices.js';
import type { ViewProps } from './view-props.js';

/** What to begin with: adding recordings, and what there is. */
export function Home(view: ViewProps) {
  const { state, words } = view;
  const bundles = state.engine?.bundles ?? [];
  return (
    <>
      <TakeIn {...view} />
      <Notices {...view} />
      <section aria-labelledby="bundles">
        <h2 id="bundles" class={bundles.length === 0 ? 'unseen' : ''}>
          {words.bundles}
        </h2>
        {bundles.length === 0 && <p class="empty">{words.nothingYet}</p>}
        {bundles.map((bundle) => (
          <BundleCard key={bundle.key} {...view} bundle={bundle} />
        ))}
      </section>
      <Keeping {...view} />
    </>
  );
}

function TakeIn({ state, actions, words }: ViewProps) {
  const { engine } = state;
  const isBusy = engine === undefined || engine.isWorking || engine.failure !== undefined;
  const pick = (event: Event) => actions.take(pickedFiles(event.currentTarget as HTMLInputElement));
  return (
    <section class="card take-in" aria-labelledby="take-in">
      <h2 id="take-in">{words.takeIn}</h2>
      <label class={isBusy ? 'button main off' : 'button main'}>
        {words.pick}
        <input type="file" multiple disabled={isBusy} aria-describedby="pick-hint" onChange={pick} />
      </label>
      <p id="pick-hint" class="hint">
        {words.pickHint}
      </p>
      <Activity {...{ state, words }} />
    </section>
  );
}

/** What is going on; there is nothing to see when nothing is. */
function Activity({ state, words }: Pick<ViewProps, 'state' | 'words'>) {
  const { engine } = state;
  if (engine === undefined) return <p role="status">{words.starting}</p>;
  const { reading, isWorking } = engine;
  if (reading !== undefined && reading.done < reading.of) {
    return (
      <div class="activity">
        <p>
          <Isolated text={words.reading(isolate(reading.name))} />
        </p>
        <progress
          aria-label={words.reading(reading.name)}
          max={1}
          value={reading.done / Math.max(1, reading.of)}
        />
      </div>
    );
  }
  return isWorking ? <p role="status">{words.working}</p> : null;
}
