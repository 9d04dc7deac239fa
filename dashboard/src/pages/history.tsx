import type { OperationDay, OperationFailures, OperationHistory } from "@contact-sync/client";
import { signal } from "@preact/signals";
import { Chart } from "../parts/chart.tsx";
import { Moment } from "../parts/moment.tsx";
import { Empty, Panel, WhenKnown } from "../parts/panel.tsx";
import type { Series, Tone } from "../parts/series.ts";
import { bytes, counted, milliseconds, percent, seconds, short, whole } from "../parts/words.ts";
import { useLive } from "../service/live.ts";

const SPANS = [7, 30, 90, 365] as const;

/** Days that the charts go back; the same one when one comes back to the page. */
const span = signal<number>(30);

export function History() {
  const days = span.value;
  const history = useLive<OperationHistory>(`admin/history?days=${days}`);
  const failures = useLive<OperationFailures>(`admin/failures?days=${days}`);
  return (
    <>
      <Panel
        title="Day by day"
        note="Days of UTC. The last one is today, as far as it has come."
        tools={<Spans />}
      >
        <WhenKnown known={history} what={`the last ${days} days`}>
          {(data) => <Charts days={data.days} />}
        </WhenKnown>
      </Panel>
      <Panel title="Failed syncs" note={`Of the last ${days} days, by what was wrong.`}>
        <WhenKnown known={failures} what="what has failed">
          {(data) => <Failures {...data} />}
        </WhenKnown>
      </Panel>
    </>
  );
}

const Spans = () => (
  <fieldset class="choice">
    <legend class="unseen">How far back</legend>
    {SPANS.map((days) => (
      <label key={days}>
        <input
          type="radio"
          name="span"
          checked={span.value === days}
          onChange={() => {
            span.value = days;
          }}
        />
        <span>{days} days</span>
      </label>
    ))}
  </fieldset>
);

type Figure = (day: OperationDay) => number | null;

function Charts({ days }: { days: readonly OperationDay[] }) {
  const series = (label: string, tone: Tone, figure: Figure): Series => ({
    label,
    tone,
    values: days.map(figure),
  });
  const common = {
    days: days.map(({ day }) => day),
    empty: `Nothing of the kind in these ${days.length} days.`,
  };
  const bars = {
    ...common,
    kind: "bars",
    summary: "total",
    format: whole,
    formatShort: short,
  } as const;
  const lines = { ...common, kind: "lines", summary: "latest" } as const;
  const measured = {
    ...lines,
    empty: "Not measured yet: serve does it every hour.",
  };
  return (
    <div class="charts">
      <Chart
        {...bars}
        title="Syncs"
        unit="a day"
        series={[
          series("Full", "first", (day) => day.full_syncs),
          series("Delta", "second", (day) => day.delta_syncs),
          series("Nothing changed", "third", (day) => day.unchanged_syncs),
          series("Failed", "fourth", (day) => day.failed_syncs),
        ]}
      />
      <Chart
        {...bars}
        title="Contacts"
        unit="a day, by outcome"
        series={[
          series("New", "first", (day) => day.contacts_inserted),
          series("Updated", "second", (day) => day.contacts_updated),
          series("Unchanged", "third", (day) => day.contacts_unchanged),
          series("Removed", "fourth", (day) => day.contacts_removed),
        ]}
      />
      <Chart
        {...lines}
        title="Succeeded"
        unit="of syncs"
        format={percent}
        isShare
        series={[series("Success rate", "first", (day) => day.success_rate)]}
      />
      <Chart
        {...lines}
        title="Have an account"
        unit="of contacts"
        format={percent}
        series={[series("Match rate", "first", (day) => day.match_rate)]}
      />
      <Chart
        {...lines}
        title="Duration"
        unit="of full and delta syncs"
        format={milliseconds}
        series={[
          series("Median", "first", (day) => day.p50_ms),
          series("95th percentile", "second", (day) => day.p95_ms),
        ]}
      />
      <Chart
        {...lines}
        title="Speed"
        unit="contacts a second of work"
        format={(figure) => whole(Math.round(figure))}
        formatShort={(figure) => short(Math.round(figure))}
        series={[series("Contacts/s", "first", (day) => day.contacts_per_second)]}
      />
      <Chart
        {...bars}
        title="Refused by the budget"
        unit="syncs a day"
        series={[series("Refused", "fourth", (day) => day.budget_refusals)]}
      />
      <Chart
        {...measured}
        title="Directory"
        unit="numbers with an account"
        format={whole}
        formatShort={short}
        series={[series("Numbers", "first", ({ state }) => state?.directory_numbers ?? null)]}
      />
      <Chart
        {...bars}
        title="Joined, left or changed"
        unit="numbers linked in all books, a day"
        series={[series("Numbers", "first", (day) => day.joiners.linked)]}
      />
      <Chart
        {...lines}
        title="Until all books have it"
        unit="95th percentile"
        format={seconds}
        series={[series("Lag", "first", (day) => day.joiners.lag_seconds_p95)]}
      />
      <Chart
        {...measured}
        title="Contacts and rows"
        unit="stored"
        format={whole}
        formatShort={short}
        series={[
          series("Contacts", "first", ({ state }) => state?.contacts ?? null),
          series("Rows of all tables", "second", ({ state }) => state?.rows ?? null),
        ]}
      />
      <Chart
        {...measured}
        title="Size"
        unit="of all tables, indexes included"
        format={bytes}
        series={[series("Stored", "first", ({ state }) => state?.bytes ?? null)]}
      />
    </div>
  );
}

function Failures({ failures }: OperationFailures) {
  if (failures.length === 0) return <Empty>No sync has failed in this time.</Empty>;
  return (
    <ul class="entries">
      {failures.map(({ code, syncs, owners, last_at, title, cure }) => (
        <li key={code}>
          <p class="entry-head">
            <strong>{title}</strong> <code>{code}</code>
          </p>
          <p>
            {counted(syncs, "sync")}
            {/* Of runs that are folded into sums nobody knows whose they were. */}
            {owners > 0 && ` of ${counted(owners, "owner")}`}, the last one <Moment at={last_at} />.
          </p>
          <p class="cure">{cure}</p>
        </li>
      ))}
    </ul>
  );
}
