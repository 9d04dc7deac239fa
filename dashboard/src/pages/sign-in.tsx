import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { FailureNote } from "../parts/failure-note.tsx";
import { isSigningIn, refusal, signIn } from "../service/session.ts";

export function SignIn() {
  const given = useSignal("");
  const keep = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · contact-sync";
    input.current?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const candidate = given.value.trim();
    if (candidate !== "") await signIn(candidate, keep.value);
    input.current?.select();
  };
  return (
    <main class="sign-in">
      <h1>contact-sync</h1>
      <p class="quiet">The operator's page of this service.</p>
      <form class="panel" onSubmit={submit}>
        <div aria-live="assertive">
          {refusal.value !== undefined && <FailureNote failure={refusal.value} retry={false} />}
        </div>
        <label for="key">Service key or token</label>
        <input
          id="key"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="key-help"
          value={given.value}
          onInput={(event) => {
            given.value = event.currentTarget.value;
          }}
        />
        <p id="key-help" class="quiet">
          One of <code>CONTACT_SYNC_SERVICE_KEYS</code>, or a token of the role{" "}
          <code>service_role</code>, which <code>npx contact-sync token --role service_role</code>{" "}
          makes for an hour.
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={keep.value}
            onChange={(event) => {
              keep.value = event.currentTarget.checked;
            }}
          />
          Keep it in this tab until the tab is closed
        </label>
        <p class="quiet">
          Otherwise it is in this page's memory alone, and gone when the page is loaded anew.
        </p>
        <button type="submit" class="main" disabled={isSigningIn.value}>
          {isSigningIn.value ? "Asking the service …" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
