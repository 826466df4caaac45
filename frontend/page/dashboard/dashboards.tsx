import type { Session } from '../session.ts';

/** The list of dashboards, or one of them. */
export function Dashboards({ session }: { readonly session: Session }) {
  const place = session.place.value;
  return <h2>{place.kind === 'dashboard' ? place.id : 'Dashboards'}</h2>;
}
