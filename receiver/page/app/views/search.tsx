import type { ViewProps } from './view-props.js';

/** Looks for words in all texts that are there. */
export function SearchScreen(view: ViewProps) {
  const { state, actions, words } = view;
  const submit = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    actions.search(new FormData(form).get('text') as string);
  };
  return (
    <section class="card" aria-labelledby="search">
      <h2 id="search">{words.search}</h2>
      <form onSubmit={submit}>
        <label for="search-text">{words.searchFor}</label>
        <p class="buttons">
          <input id="search-text" name="text" type="search" defaultValue={state.search?.text ?? ''} />
          <button type="submit" class="main">
            {words.search}
          </button>
        </p>
      </form>
      <Results {...view} />
    </section>
  );
}

function Results({ state, actions, words, format }: ViewProps) {
  const { search } = state;
  if (search === undefined) return null;
  if (search.found === undefined) return <p role="status">{words.starting}</p>;
  const { found } = search;
  return (
    <>
      <p role="status">
        {found.length === 0 ? words.notFound : words.found(found.length, format.number(found.length))}
      </p>
      <ol class="found">
        {found.map(({ bundle, path, title, before, match, after }) => (
          <li key={`${bundle} ${path}`}>
            <button
              type="button"
              class="file"
              onClick={() => actions.open({ name: 'reading', bundle, path, fragment: '' })}
            >
              <bdi>{title}</bdi>
            </button>
            <p dir="auto">
              …{before}
              <mark>{match}</mark>
              {after}…
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
