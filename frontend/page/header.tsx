import { DASHBOARDS_PATH, EXPLORE_PATH } from '../model/page-paths.ts';
import { signOut } from './access.ts';
import { BrandIcon, KeyboardIcon, MenuIcon, SignOutIcon, ThemeIcon } from './icons.tsx';
import type { ConnectionState } from './live/live-client.ts';
import type { Session } from './session.ts';

interface HeaderProps {
  readonly session: Session;
  readonly onMenu: () => void;
  readonly onHelp: () => void;
}

export function Header({ session, onMenu, onHelp }: HeaderProps) {
  return (
    <header class="header">
      <button type="button" class="icon-button menu-button" aria-label="Catalogue" onClick={onMenu}>
        <MenuIcon />
      </button>
      <div class="brand">
        <BrandIcon />
        <h1>Overseer</h1>
      </div>
      <Places session={session} />
      <div class="header-end">
        <Connection session={session} />
        <button
          type="button"
          class="icon-button help-button"
          data-testid="help"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={onHelp}
        >
          <KeyboardIcon />
        </button>
        <ThemeButton session={session} />
        <SignOutButton session={session} />
      </div>
    </header>
  );
}

function Places({ session }: { readonly session: Session }) {
  const isExplore = session.place.value.kind === 'explore';
  return (
    <nav class="places" aria-label="Pages">
      <a href={EXPLORE_PATH} data-testid="to-explore" aria-current={isExplore ? 'page' : undefined}>
        Explore
      </a>
      <a
        href={DASHBOARDS_PATH}
        data-testid="to-dashboards"
        aria-current={isExplore ? undefined : 'page'}
      >
        Dashboards
      </a>
    </nav>
  );
}

/** Clocks further apart than this make "now" mean two things. */
const CLOCK_OFFSET_MAX_MS = 30_000;

const CONNECTION_WORDS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting',
  outdated: 'reload the page',
};

const CONNECTION_HINTS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Waiting for the server.',
  live: 'New points appear as soon as they are stored.',
  reconnecting: 'The server does not answer; the page tries again by itself.',
  outdated: 'The server was updated and speaks another language than this page.',
};

function Connection({ session }: { readonly session: Session }) {
  const state = session.live.state.value;
  const offsetMs = session.live.clockOffsetMs.value;
  const isClockOff = state === 'live' && Math.abs(offsetMs) > CLOCK_OFFSET_MAX_MS;
  const offset = `${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
  return (
    <p
      class="connection"
      data-testid="connection"
      data-state={isClockOff ? 'clock' : state}
      role="status"
      title={
        isClockOff
          ? 'The clocks of the server and of this machine differ. Times are the server’s.'
          : CONNECTION_HINTS[state]
      }
    >
      <i class="connection-light" />
      {isClockOff ? `server clock ${offset}` : CONNECTION_WORDS[state]}
    </p>
  );
}

/** Only where people sign in. */
function SignOutButton({ session }: { readonly session: Session }) {
  const name = session.signedInAs.value;
  if (name === undefined) return null;
  return (
    <button
      type="button"
      class="icon-button"
      data-testid="sign-out"
      aria-label="Sign out"
      title={`Signed in as ${name}: sign out`}
      onClick={() => void signOut()}
    >
      <SignOutIcon />
    </button>
  );
}

function ThemeButton({ session }: { readonly session: Session }) {
  const choice = session.theme.choice.value;
  return (
    <button
      type="button"
      class="icon-button"
      data-testid="theme"
      data-choice={choice}
      aria-label={`Theme: ${choice}`}
      title={`Theme: ${choice}`}
      onClick={() => session.theme.next()}
    >
      <ThemeIcon choice={choice} />
    </button>
  );
}
