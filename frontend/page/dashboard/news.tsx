import type { OpenDashboard } from './open-dashboard.ts';

/** What was done or could not be; stays until it is taken away, or until there is something newer. */
export function News({ dashboard }: { readonly dashboard: OpenDashboard }) {
  const news = dashboard.news.value;
  return (
    <div class="news-place" aria-live="polite">
      {news && (
        <div class="news" data-testid="news" data-kind={news.kind}>
          <p>{news.text}</p>
          {news.details.length > 0 && (
            <details>
              <summary>What</summary>
              <ul>
                {news.details.map((detail) => (
                  <li key={detail}>{detail}</li>
                ))}
              </ul>
            </details>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label="Close the message"
            onClick={() => {
              dashboard.news.value = undefined;
            }}
          >
            ✕
          </button>
        </div>
      )}
    </div>
  );
}
