import type { ViewProps } from './view-props.js';

/** The help for the reader, and the warnings once more. */
export function Help({ state, words }: ViewProps) {
  return (
    <section class="card" aria-labelledby="help">
      <h2 id="help">{words.helpTitle}</h2>
      <ol>
        {words.helpSteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p>{words.helpTrust}</p>
      <p>{words.helpLimits}</p>
      <ul class="warnings">
        <li>{words.warnPhone}</li>
        <li>{words.warnRedStar}</li>
      </ul>
      <h3>{words.publishers}</h3>
      <ul>
        {state.publishers.map((fingerprint) => (
          <li key={fingerprint} class="fingerprint" dir="ltr">
            {fingerprint}
          </li>
        ))}
      </ul>
    </section>
  );
}
