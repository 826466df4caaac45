import type { Session } from '../session.ts';
import { DashboardList } from './dashboard-list.tsx';
import { DashboardView } from './dashboard-view.tsx';

/** The list of dashboards, or one of them. */
export function Dashboards({ session }: { readonly session: Session }) {
  const place = session.place.value;
  if (place.kind !== 'dashboard') return <DashboardList session={session} />;
  return <DashboardView key={place.id} session={session} id={place.id} />;
}
