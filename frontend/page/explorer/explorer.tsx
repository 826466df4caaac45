import { Dialog } from '../dialog.tsx';
import type { Session } from '../session.ts';
import { DatabaseCardinality } from './database-cardinality.tsx';
import { MeasurementFacts } from './measurement-facts.tsx';

/** Beside the chart: what there is of a measurement, or of the database, and how much. */
export function Explorer({ session }: { readonly session: Session }) {
  const { db, about } = session.view.value;
  if (about === null) return null;
  const close = () => session.refine({ about: null });
  return (
    <Dialog title={about || `Database ${db}`} testId="explorer" side onClose={close}>
      {about === '' ? (
        <DatabaseCardinality session={session} db={db} />
      ) : (
        <MeasurementFacts session={session} db={db} measurement={about} />
      )}
    </Dialog>
  );
}
