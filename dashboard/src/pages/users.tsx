import { signal, useSignal } from "@preact/signals";
import { Empty, Panel } from "../parts/panel.tsx";
import { addressOfUser } from "../service/route.ts";

const MOST_REMEMBERED = 10;
/** Twice the characters of the longest id: fields count some of them, such as emoji, as two. */
const MOST_TYPED = 510;

/** Whom one has looked at, the last first; in memory, as all here. */
const lookedAt = signal<readonly string[]>([]);

export function remember(userId: string): void {
  const others = lookedAt.peek().filter((other) => other !== userId);
  lookedAt.value = [userId, ...others].slice(0, MOST_REMEMBERED);
}

export function Users() {
  const given = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    const userId = given.value.trim();
    if (userId !== "") location.hash = addressOfUser(userId);
  };
  return (
    <div class="stack">
      <Panel title="Look a user up" note="By the id that your app knows the user by.">
        <form class="fields" onSubmit={submit}>
          <label class="wide-field">
            User id
            <input
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              required
              maxLength={MOST_TYPED}
              value={given.value}
              onInput={(event) => {
                given.value = event.currentTarget.value;
              }}
            />
          </label>
          <button type="submit" class="main">
            Look up
          </button>
        </form>
      </Panel>
      <Panel title="Looked up before" note="Since this page was loaded.">
        {lookedAt.value.length === 0 ? (
          <Empty>Nobody yet.</Empty>
        ) : (
          <ul class="links">
            {lookedAt.value.map((userId) => (
              <li key={userId}>
                <a class="id" href={addressOfUser(userId)}>
                  <bdi>{userId}</bdi>
                </a>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}
