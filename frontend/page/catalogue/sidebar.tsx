import { useComputed, useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { InfoIcon, SearchIcon } from '../icons.tsx';
import type { Session } from '../session.ts';
import { useShortcut } from '../shortcuts/use-shortcut.ts';
import { layOutTree } from './tree.ts';
import { TreeView } from './tree-view.tsx';

interface SidebarProps {
  readonly session: Session;
  /** Somebody wants to search: the sidebar is to be seen. */
  readonly onSearch: () => void;
  /** A field was picked. */
  readonly onPick: () => void;
}

/** Databases, and what the one in view has: measurements and their fields. */
export function Sidebar({ session, onSearch, onPick }: SidebarProps) {
  const field = useRef<HTMLInputElement>(null);
  const search = useSignal('');
  const opened = useSignal<ReadonlyMap<string, boolean>>(new Map());
  const tree = useComputed(() =>
    layOutTree(session.measurements.value, { search: search.value, opened: opened.value }),
  );
  const error = session.catalogue.error.value;
  return (
    <aside class="sidebar" data-testid="catalogue" aria-label="Catalogue">
      {session.place.value.kind === 'explore' && (
        <SearchKey
          session={session}
          onPress={() => {
            onSearch();
            // Once it is to be seen.
            requestAnimationFrame(() => field.current?.focus());
          }}
        />
      )}
      <DatabasePicker session={session} />
      <label class="search">
        <SearchIcon />
        <input
          ref={field}
          type="search"
          data-testid="search"
          placeholder="Search fields"
          aria-label="Search fields"
          value={search.value}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
          onInput={(event) => {
            search.value = event.currentTarget.value;
            opened.value = new Map();
          }}
        />
      </label>
      <TreeView
        session={session}
        tree={tree.value}
        onToggle={(name, isOpen) => {
          opened.value = new Map(opened.value).set(name, isOpen);
        }}
        onPick={onPick}
      />
      {tree.value.rows.length === 0 && (
        <p class="sidebar-note">{whyEmpty(session, search.value)}</p>
      )}
      {error && (
        <p class="sidebar-error" role="status">
          The catalogue is not up to date: {error}
        </p>
      )}
    </aside>
  );
}

function whyEmpty(session: Session, search: string): string {
  if (session.catalogue.databases.value === undefined) return 'Loading …';
  if (session.measurements.value.length === 0) return 'No measurements yet.';
  return `No field matches “${search}”.`;
}

function DatabasePicker({ session }: { readonly session: Session }) {
  const id = useId();
  const { db } = session.view.value;
  const known = session.catalogue.databases.value?.map(({ name }) => name) ?? [];
  const names = known.includes(db) ? known : [db, ...known];
  return (
    <div class="database">
      <label for={id}>Database</label>
      <div class="database-line">
        <select
          id={id}
          data-testid="database"
          value={db}
          onChange={(event) => session.showDatabase(event.currentTarget.value)}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {name || '–'}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="about-button"
          data-testid="about-database"
          aria-label="About the database"
          title="Where the series of the database come from"
          onClick={() => session.refine({ about: '' })}
        >
          <InfoIcon />
        </button>
      </div>
    </div>
  );
}

interface SearchKeyProps {
  readonly session: Session;
  readonly onPress: () => void;
}

/** Where the sidebar can be seen; elsewhere the key is for what else can be searched. */
function SearchKey({ session, onPress }: SearchKeyProps) {
  useShortcut(session, 'search', onPress);
  return null;
}
