import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { DashboardEntry } from '../../dashboards/protocol.ts';
import { emptyDashboard } from '../../model/dashboard-spec.ts';
import { dashboardPath } from '../../model/page-paths.ts';
import { formatFrame } from '../../model/time-frame.ts';
import { newestDatabase } from '../catalogue/tree.ts';
import { formatAge } from '../format.ts';
import { SearchIcon } from '../icons.tsx';
import { backoffMs } from '../live/backoff.ts';
import { dashboardPlace } from '../place.ts';
import type { Session } from '../session.ts';
import { useShortcut } from '../shortcuts/use-shortcut.ts';
import { readDashboardFile } from './dashboard-file.ts';
import {
  createDashboard,
  importDashboard,
  listDashboards,
  listDeleted,
  mayPass,
  restoreDeleted,
  whyFailed,
} from './dashboards-client.ts';
import { hasDraft } from './drafts.ts';

const NEW_TITLE = 'New dashboard';

/** All dashboards that there are, and ways to more. */
export function DashboardList({ session }: { readonly session: Session }) {
  const entries = useSignal<readonly DashboardEntry[] | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const search = useSignal('');
  const isOfDeleted = useSignal(false);
  const attempt = useSignal(0);
  const isRetrying = useSignal(false);
  const told = session.dashboardNews.value;
  useEffect(() => {
    let isLeft = false;
    let retrying: ReturnType<typeof setTimeout> | undefined;
    (isOfDeleted.value ? listDeleted() : listDashboards()).then(
      (found) => {
        if (isLeft) return;
        isRetrying.value = false;
        entries.value = found;
        failure.value = undefined;
      },
      (error) => {
        if (isLeft) return;
        failure.value = whyFailed(error);
        isRetrying.value = mayPass(error);
        if (!isRetrying.value) return;
        retrying = setTimeout(() => {
          attempt.value++;
        }, backoffMs(attempt.peek()));
      },
    );
    return () => {
      isLeft = true;
      clearTimeout(retrying);
    };
  }, [entries, failure, told, isOfDeleted.value, attempt.value]);
  const open = async (creating: Promise<DashboardEntry>) => {
    try {
      session.go({}, dashboardPlace((await creating).id));
    } catch (error) {
      failure.value = whyFailed(error);
    }
  };
  return (
    <section class="dashboard-list" data-testid="dashboard-list">
      <header class="dashboard-bar">
        <SearchField session={session} search={search} />
        <div class="dashboard-actions">
          <button
            type="button"
            class="text-button"
            data-testid="deleted"
            aria-pressed={isOfDeleted.value}
            onClick={() => {
              entries.value = undefined;
              isOfDeleted.value = !isOfDeleted.peek();
            }}
          >
            Deleted
          </button>
          <ImportButton onFile={(file) => void open(importFile(file))} />
          <button
            type="button"
            class="primary-button"
            data-testid="new-dashboard"
            onClick={() => void open(createEmpty(session))}
          >
            New dashboard
          </button>
        </div>
      </header>
      {failure.value !== undefined && (
        <p class="news" data-kind="failed" data-testid="list-failure" role="alert">
          {failure.value}
          {isRetrying.value && ' · trying again …'}
        </p>
      )}
      <Entries
        entries={entries.value}
        isFailed={failure.value !== undefined}
        search={search.value}
        session={session}
        onRestore={(entry) => void open(restoreDeleted(entry))}
      />
    </section>
  );
}

interface SearchFieldProps {
  readonly session: Session;
  readonly search: Signal<string>;
}

function SearchField({ session, search }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useShortcut(session, 'search', () => field.current?.focus());
  return (
    <label class="search">
      <SearchIcon />
      <input
        ref={field}
        type="search"
        data-testid="dashboard-search"
        placeholder="Search dashboards"
        aria-label="Search dashboards"
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}

interface EntriesProps {
  /** undefined: not known yet. */
  readonly entries: readonly DashboardEntry[] | undefined;
  /** That they are not known, or not up to date, is told above. */
  readonly isFailed: boolean;
  readonly search: string;
  readonly session: Session;
  readonly onRestore: (entry: DashboardEntry) => void;
}

function Entries({ entries, isFailed, search, session, onRestore }: EntriesProps) {
  if (!entries) return isFailed ? null : <p class="loading">Loading …</p>;
  const wanted = search.trim().toLowerCase();
  const found = entries.filter(({ title, db }) => `${title} ${db}`.toLowerCase().includes(wanted));
  if (entries.length === 0) return <p class="list-note">There are none.</p>;
  if (found.length === 0) return <p class="list-note">No dashboard matches “{search}”.</p>;
  const nowMs = session.clock.nowMs.value;
  return (
    <ul>
      {found.map((entry) => (
        <li key={entry.id}>
          {entry.isDeleted ? (
            <div class="list-entry">
              <EntryWords entry={entry} nowMs={nowMs} />
              <button
                type="button"
                class="text-button"
                data-testid={`restore:${entry.id}`}
                disabled={!entry.canSave}
                onClick={() => onRestore(entry)}
              >
                Restore
              </button>
            </div>
          ) : (
            <a
              class="list-entry"
              href={dashboardPath(entry.id)}
              data-testid={`dashboard:${entry.id}`}
            >
              <EntryWords entry={entry} nowMs={nowMs} />
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}

function EntryWords({ entry, nowMs }: { readonly entry: DashboardEntry; readonly nowMs: number }) {
  return (
    <>
      <b>{entry.title}</b>
      {entry.isBuiltin && <span class="badge">built in</span>}
      {hasDraft(entry.id) && <span class="badge">changes not saved</span>}
      <span class="list-database">{entry.db}</span>
      <span class="list-saved">{savedWords(entry, nowMs)}</span>
    </>
  );
}

function savedWords(entry: DashboardEntry, nowMs: number): string {
  const { isBuiltin, isDeleted, savedAtMs, savedBy } = entry;
  if (isBuiltin) return 'comes with Overseer';
  const age = formatAge(nowMs - savedAtMs);
  return `${isDeleted ? 'deleted' : 'saved'} ${age === 'now' ? 'just now' : `${age} ago`}${savedBy ? ` by ${savedBy}` : ''}`;
}

function ImportButton({ onFile }: { readonly onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        data-testid="import-file"
        tabIndex={-1}
        aria-hidden="true"
        accept="application/json,.json"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same file can be chosen again.
          if (file) onFile(file);
          currentTarget.value = '';
        }}
      />
      <button
        type="button"
        class="text-button"
        data-testid="import"
        onClick={() => input.current?.click()}
      >
        Import a file
      </button>
    </>
  );
}

async function importFile(file: File): Promise<DashboardEntry> {
  return await importDashboard(await readDashboardFile(file));
}

/** Of the database that was written to last. */
function createEmpty({ catalogue, time }: Session): Promise<DashboardEntry> {
  const databases = catalogue.databases.peek() ?? [];
  const db = newestDatabase(databases)?.name ?? 'default';
  const range = formatFrame(time.frame.peek());
  return createDashboard(emptyDashboard({ title: NEW_TITLE, db, range }));
}
