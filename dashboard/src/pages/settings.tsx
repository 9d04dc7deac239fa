import type { OperationSettings, PerformanceEstimate } from "@contact-sync/client";
import { useSignal } from "@preact/signals";
import { useDeed } from "../parts/deed.tsx";
import { FailureNote } from "../parts/failure-note.tsx";
import { Figure, Figures } from "../parts/figure.tsx";
import { Panel, WhenKnown } from "../parts/panel.tsx";
import { Row, Rows } from "../parts/rows.tsx";
import { bytes, counted, NONE, seconds, short, whole } from "../parts/words.ts";
import { useLive } from "../service/live.ts";
import { isKept, keepKey } from "../service/session.ts";

export function Settings() {
  const settings = useLive<OperationSettings>("admin/settings");
  return (
    <div class="stack">
      <Estimator />
      <Panel
        title="Limits and settings in force"
        note="They are set by the service's variables and functions; this page changes none of them."
      >
        <WhenKnown known={settings} what="the settings">
          {(data) => <InForce settings={data} />}
        </WhenKnown>
      </Panel>
      <Panel title="This page">
        <label class="check">
          <input
            type="checkbox"
            checked={isKept.value}
            onChange={(event) => keepKey(event.currentTarget.checked)}
          />
          Keep the key in this tab until the tab is closed
        </label>
        <p class="quiet">
          Otherwise it is in this page's memory alone, and gone when the page is loaded anew.
        </p>
      </Panel>
    </div>
  );
}

function Estimator() {
  const contacts = useSignal("50000");
  const batch = useSignal("");
  const deed = useDeed<PerformanceEstimate>();
  const submit = async (event: Event) => {
    event.preventDefault();
    const body = {
      contactCount: Number(contacts.value),
      ...(batch.value === "" ? {} : { batchSize: Number(batch.value) }),
    };
    await deed.run("contacts/sync/estimate", { method: "POST", body }, () => "");
  };
  return (
    <Panel title="How long will it take?" note="What a sync of so many contacts takes.">
      <form class="fields" onSubmit={submit}>
        <label>
          Contacts
          <input
            type="number"
            inputMode="numeric"
            min={1}
            step={1}
            required
            value={contacts.value}
            onInput={(event) => {
              contacts.value = event.currentTarget.value;
            }}
          />
        </label>
        <label>
          Batch size, if not the best one
          <input
            type="number"
            inputMode="numeric"
            min={100}
            max={1000}
            step={1}
            placeholder="100 to 1,000"
            value={batch.value}
            onInput={(event) => {
              batch.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="main" disabled={deed.isUnderWay}>
          Estimate
        </button>
      </form>
      <div aria-live="polite">
        {deed.failure !== undefined && <FailureNote failure={deed.failure} retry={false} />}
        {deed.data !== undefined && <Estimate {...deed.data} />}
      </div>
    </Panel>
  );
}

function Estimate({
  estimated_batch_size,
  estimated_batches,
  estimated_time_seconds,
  estimated_memory_mb,
  observed_contacts_per_second: speed,
  observed_time_seconds,
}: PerformanceEstimate) {
  return (
    <Figures>
      <Figure
        label="In batches"
        value={whole(estimated_batches)}
        more={`of ${counted(estimated_batch_size, "contact")}`}
      />
      <Figure
        label="Time, by the guide"
        value={seconds(estimated_time_seconds)}
        more="at 1,000 contacts/s"
      />
      <Figure
        label="Time, as measured here"
        value={seconds(observed_time_seconds)}
        more={
          speed === null
            ? "nobody has synced yet"
            : `at ${short(Math.round(speed))} contacts/s of recent syncs`
        }
      />
      <Figure
        label="Memory"
        value={`${estimated_memory_mb.toLocaleString("en")} MB`}
        more="at 0.5 kB a contact"
      />
    </Figures>
  );
}

const DISCOVERABLE = {
  everybody: "everybody who has their number",
  mutual: "those whose number they have themselves",
  nobody: "nobody",
};

const none = (figure: number, words: string, zero: string) => (figure === 0 ? zero : words);

function InForce({ settings }: { settings: OperationSettings }) {
  const { budget, limits, retention } = settings;
  const hasBudget = budget.burst > 0;
  return (
    <div class="columns">
      <Rows title="New numbers, of one owner">
        <Row name="At once">{none(budget.burst, counted(budget.burst, "number"), "no limit")}</Row>
        <Row name="Come back">{hasBudget ? `${whole(budget.per_day)} a day` : NONE}</Row>
        <Row name="At once, of a new account">
          {hasBudget && budget.new_account_days > 0
            ? counted(budget.new_account_burst, "number")
            : NONE}
        </Row>
        <Row name="An account is new for">
          {none(budget.new_account_days, counted(budget.new_account_days, "day"), "no time")}
        </Row>
        <Row name="Suspects are held">
          {none(settings.hold_suspects, `from a score of ${settings.hold_suspects}`, "never")}
        </Row>
      </Rows>
      <Rows title="Most that is taken">
        <Row name="Contacts a call">{whole(limits.contacts_per_call)}</Row>
        <Row name="Hashes a delta">{whole(limits.hashes_per_delta)}</Row>
        <Row name="Contacts a stream">{whole(limits.contacts_per_stream)}</Row>
        <Row name="Contacts an owner">{whole(limits.contacts_per_owner)}</Row>
        <Row name="Devices an owner">{whole(limits.devices_per_owner)}</Row>
        <Row name="A request's body">{bytes(limits.request_bytes)}</Row>
        <Row name="Requests of an owner">
          {none(
            limits.requests_per_owner,
            `${whole(limits.requests_per_owner)} a minute`,
            "no limit",
          )}
        </Row>
        <Row name="Requests of an address">
          {none(
            limits.requests_per_address,
            `${whole(limits.requests_per_address)} a minute`,
            "no limit",
          )}
        </Row>
      </Rows>
      <Rows title="How long what is kept">
        <Row name="A silent owner's contacts without an account">
          {none(
            retention.silent_owner_months,
            counted(retention.silent_owner_months, "month"),
            "for good",
          )}
        </Row>
        <Row name="A number that was forgotten, as such">
          {none(
            retention.forgotten_number_months,
            counted(retention.forgotten_number_months, "month"),
            "for good",
          )}
        </Row>
        <Row name="A sync, before it is a day's sum">{counted(retention.run_days, "day")}</Row>
        <Row name="Choices of a removed contact">
          {none(
            settings.keep_choices_days,
            counted(settings.keep_choices_days, "day"),
            "not at all",
          )}
        </Row>
        <Row name="A device's sync token">{counted(settings.sync_token_days, "day")}</Row>
      </Rows>
      <Rows title="How it is set up">
        <Row name="Who has not chosen is found by">{DISCOVERABLE[settings.discoverable]}</Row>
        <Row name="National numbers are dialled in">
          {settings.default_region ?? "no set region"}
        </Row>
        <Row name="User ids">{settings.user_ids === "uuid" ? "UUIDs" : "any text"}</Row>
        <Row name="Numbers are sealed with a key">{settings.sealed ? "yes" : "no"}</Row>
      </Rows>
    </div>
  );
}
