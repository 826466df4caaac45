/** Drawings of the page; they say nothing that the text beside them doesn't. */

export function BrandIcon() {
  return (
    <svg class="brand-icon" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 16c3.2-5.6 7.3-8.4 12-8.4S24.8 10.4 28 16c-3.2 5.6-7.3 8.4-12 8.4S7.2 21.6 4 16z" />
      <path d="M9.5 16h3l2-4 3 8 2-4h3" />
    </svg>
  );
}

export function MenuIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2 4h12M2 8h12M2 12h8" />
    </svg>
  );
}

export function SignOutIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M6.5 2.5h-4v11h4M6.5 8h7.5M11 5l3 3-3 3" />
    </svg>
  );
}

export function ChevronIcon() {
  return (
    <svg class="icon chevron" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M6 4l4 4-4 4" />
    </svg>
  );
}

export function SearchIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6L14 14" />
    </svg>
  );
}

export function PlusIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 3v10M3 8h10" />
    </svg>
  );
}

export function CloseIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M4 4l8 8M12 4l-8 8" />
    </svg>
  );
}

/** Crossed out: what it is of is not seen. */
export function EyeIcon({ isClosed }: { readonly isClosed: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M1.5 8C3 5.2 5.2 3.8 8 3.8s5 1.4 6.5 4.2C13 10.8 10.8 12.2 8 12.2S3 10.8 1.5 8z" />
      <path d="M8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z" />
      {isClosed && <path d="M2.5 13.5l11-11" />}
    </svg>
  );
}

/** Sliders: what is put together by choosing. */
export function BuilderIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2 4.5h5M11 4.5h3M2 11.5h2M8 11.5h6M9 2.5v4M6 9.5v4" />
    </svg>
  );
}

/** A name on a string. */
export function TagIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2.5 2.5h5.5l5.5 5.5-5.5 5.5-5.5-5.5z" />
      <path d="M5.5 5.5v.01" />
    </svg>
  );
}

export function KeyboardIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M1.5 4h13v8.5h-13zM4 6.75h.01M6.7 6.75h.01M9.3 6.75h.01M12 6.75h.01M5 10h6" />
    </svg>
  );
}

export function InfoIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.25V11M8 5v.01" />
    </svg>
  );
}

export function CalendarIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3" />
    </svg>
  );
}

export function PauseIcon({ isPaused }: { readonly isPaused: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {isPaused ? <path d="M5 3l8 5-8 5z" /> : <path d="M5.5 3v10M10.5 3v10" />}
    </svg>
  );
}

/** Half of it filled: as much as the system decides. */
export function ThemeIcon({ choice }: { readonly choice: 'system' | 'dark' | 'light' }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {choice === 'dark' && <path d="M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z" />}
      {choice === 'light' && (
        <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M13 3l-1.1 1.1M4.1 11.9L3 13" />
      )}
      {choice === 'system' && (
        <>
          <path d="M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11z" />
          <path class="icon-filled" d="M8 2.5a5.5 5.5 0 0 1 0 11z" />
        </>
      )}
    </svg>
  );
}
