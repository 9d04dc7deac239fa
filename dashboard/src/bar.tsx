import { FailureNote } from "./parts/failure-note.tsx";
import { Icon } from "./parts/icon.tsx";
import { now } from "./parts/moment.tsx";
import { ago, clock, seconds } from "./parts/words.ts";
import { askAgain, INTERVALS, intervalSeconds, isPaused, standing } from "./service/live.ts";
import { addressOf, PAGES, type PageName, place } from "./service/route.ts";
import { signOut } from "./service/session.ts";

/** Where one may go, and how fresh is what one sees. */
export function Bar() {
  return (
    <>
      <header class="bar">
        <p class="brand">contact-sync</p>
        <nav aria-label="Pages">
          <ul>
            {(Object.keys(PAGES) as PageName[]).map((page) => (
              <li key={page}>
                <a
                  href={addressOf(page)}
                  aria-current={place.value.page === page ? "page" : undefined}
                >
                  {PAGES[page]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Freshness />
      </header>
      <Staleness />
    </>
  );
}

function Freshness() {
  const { at, failure } = standing.value;
  return (
    <div class="fresh">
      <p class="fresh-words">
        <span class={isPaused.value || failure !== undefined ? "dot still" : "dot"} />
        {isPaused.value ? "Paused" : failure === undefined ? "Live" : "Not fresh"}
        {at !== undefined && (
          <span class="quiet">
            {" "}
            as of <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>
          </span>
        )}
      </p>
      <label>
        <span class="unseen">Ask the service again</span>
        <select
          value={intervalSeconds.value}
          onChange={(event) => {
            intervalSeconds.value = Number(event.currentTarget.value);
          }}
        >
          {INTERVALS.map((interval) => (
            <option key={interval} value={interval}>
              every {seconds(interval)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="plain"
        onClick={() => {
          isPaused.value = !isPaused.value;
          if (!isPaused.value) askAgain();
        }}
      >
        <Icon shape={isPaused.value ? "go" : "pause"} />
        {isPaused.value ? "Go on" : "Pause"}
      </button>
      <button type="button" class="plain" onClick={() => signOut()}>
        Sign out
      </button>
    </div>
  );
}

/** Where the service does not answer as it should: since when, why, and what to do. */
function Staleness() {
  const { at, failure } = standing.value;
  const since = at === undefined ? undefined : `What you see is as it was at ${clock(at)}`;
  return (
    <>
      <p class="unseen" role="status">
        {failure !== undefined && `${failure.title}. ${since ?? ""}`}
      </p>
      {failure !== undefined && (
        <section class="stale" aria-label="What is wrong">
          {at !== undefined && (
            <p>
              <strong>{since}</strong> ({ago(at, now.value)}).
            </p>
          )}
          <FailureNote failure={failure} />
        </section>
      )}
    </>
  );
}
