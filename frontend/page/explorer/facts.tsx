export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** Figures with what they are of. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts" data-testid="facts">
      {facts.map(({ name, value, note }) => (
        <div key={name + note}>
          <dt>
            {name}
            {note && <small>{note}</small>}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
