import type { ExplainRequest, Explanation } from "@contact-sync/client";
import { useSignal } from "@preact/signals";
import { useDeed } from "../parts/deed.tsx";
import { FailureNote } from "../parts/failure-note.tsx";
import { Icon, type Shape } from "../parts/icon.tsx";
import { Panel } from "../parts/panel.tsx";
import { addressOfUser } from "../service/route.ts";

type Step = Explanation["steps"][number];

const STEPS: Record<Step["step"], string> = {
  readable: "The number can be read",
  not_forgotten: "Nobody had it forgotten",
  in_directory: "Somebody has an account with it",
  not_own_number: "It is not the user's own",
  not_blocked: "Its holder has not blocked the user",
  discoverable: "Its holder may be found by the user",
  in_book: "It is in the user's book",
  linked: "The link has reached the book",
  not_held: "The user is not held as a suspect",
};

const OUTCOMES: Record<Step["outcome"], { shape: Shape; word: string }> = {
  yes: { shape: "good", word: "Yes" },
  no: { shape: "bad", word: "No" },
  unknown: { shape: "unknown", word: "Not known" },
};

export function Explain({ userId }: { userId: string }) {
  const phoneNumber = useSignal("");
  const region = useSignal("");
  const deed = useDeed<Explanation>();
  const submit = async (event: Event) => {
    event.preventDefault();
    const defaultRegion = region.value.trim().toUpperCase();
    const body: ExplainRequest = {
      phoneNumber: phoneNumber.value.trim(),
      ...(defaultRegion === "" ? {} : { defaultRegion }),
    };
    const path = `admin/users/${encodeURIComponent(userId)}/explain`;
    await deed.run(path, { method: "POST", body }, () => "");
  };
  return (
    <Panel
      title="Why do they not see somebody?"
      note="Give the number as the user has it in their book. It goes to the service, and is kept nowhere."
    >
      <form class="fields" onSubmit={submit}>
        <label class="wide-field">
          Phone number
          <input
            type="tel"
            autocomplete="off"
            required
            value={phoneNumber.value}
            onInput={(event) => {
              phoneNumber.value = event.currentTarget.value;
            }}
          />
        </label>
        <label>
          Region, if it is national
          <input
            type="text"
            class="short-field"
            autocomplete="off"
            spellcheck={false}
            maxLength={2}
            placeholder="such as EG"
            value={region.value}
            onInput={(event) => {
              region.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="main" disabled={deed.isUnderWay}>
          {deed.isUnderWay ? "Looking …" : "Explain"}
        </button>
      </form>
      <div aria-live="polite">
        {deed.failure !== undefined && <FailureNote failure={deed.failure} retry={false} />}
        {deed.data !== undefined && <Steps {...deed.data} />}
      </div>
    </Panel>
  );
}

function Steps({ seen, found_user_id, steps }: Explanation) {
  const reason = steps.findIndex(({ outcome }) => outcome === "no");
  return (
    <>
      <p class={`verdict state ${seen ? "good" : "bad"}`}>
        <Icon shape={seen ? "good" : "bad"} />
        {seen ? "They see that this number has an account." : "They do not see it."}
      </p>
      {found_user_id !== null && (
        <p>
          It belongs to{" "}
          <a class="id" href={addressOfUser(found_user_id)}>
            <bdi>{found_user_id}</bdi>
          </a>
          .
        </p>
      )}
      <ol class="steps">
        {steps.map(({ step, outcome, detail }, index) => (
          <li key={step} class={index === reason ? "reason" : undefined}>
            <span class={`state ${OUTCOMES[outcome].shape}`}>
              <Icon shape={OUTCOMES[outcome].shape} />
              {OUTCOMES[outcome].word}
            </span>
            <div>
              <p>
                <strong>{STEPS[step] ?? step}</strong>
                {index === reason && !seen && " – this is why"}
              </p>
              <p class="quiet">{detail}</p>
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
