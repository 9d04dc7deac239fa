import type { OperationOverview, SyncFigures } from "@contact-sync/client";
import { Figure, Figures } from "../parts/figure.tsx";
import { Empty, Panel, WhenKnown } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";
import {
  bytes,
  counted,
  milliseconds,
  NONE,
  percent,
  seconds,
  short,
  whole,
} from "../parts/words.ts";
import { useLive } from "../service/live.ts";
import { addressOf } from "../service/route.ts";
import { History } from "./history.tsx";

// Upkeep links in a second or two; what waits for minutes is held up by something.
const LONG_LAG_SECONDS = 60;

export function Overview() {
  const overview = useLive<OperationOverview>("admin/overview");
  return (
    <div class="stack">
      <Panel title="Today" note="Since midnight, UTC.">
        <WhenKnown known={overview} what="the figures of today">
          {({ today }) => <Today figures={today} />}
        </WhenKnown>
      </Panel>
      <Panel
        title="Now"
        note={
          overview.data &&
          `By contact-sync ${overview.data.version}. Where there is much of a thing, it is estimated by the database.`
        }
      >
        <WhenKnown known={overview} what="how things stand">
          {(data) => (
            <>
              <Now overview={data} />
              <Storage storage={data.storage} />
            </>
          )}
        </WhenKnown>
      </Panel>
      <History />
    </div>
  );
}

const syncsOf = ({ full_syncs, delta_syncs, unchanged_syncs, failed_syncs }: SyncFigures) =>
  full_syncs + delta_syncs + unchanged_syncs + failed_syncs;

function Today({ figures }: { figures: SyncFigures }) {
  if (syncsOf(figures) === 0 && figures.budget_refusals === 0) {
    return (
      <Empty>
        Nobody has synced today. The first sync shows here as soon as an app calls{" "}
        <code>POST /api/v1/contacts/sync</code>.
      </Empty>
    );
  }
  const { full_syncs, delta_syncs, unchanged_syncs, failed_syncs } = figures;
  const outcomes = [
    { outcome: "New", contacts: figures.contacts_inserted },
    { outcome: "Updated", contacts: figures.contacts_updated },
    { outcome: "Unchanged", contacts: figures.contacts_unchanged },
    { outcome: "Removed", contacts: figures.contacts_removed },
  ];
  return (
    <Figures>
      <Figure
        label="Syncs"
        value={short(syncsOf(figures))}
        more={`${whole(full_syncs)} full, ${whole(delta_syncs)} delta, ${whole(unchanged_syncs)} nothing changed`}
      />
      <Figure
        label="Succeeded"
        value={percent(figures.success_rate)}
        unit="of syncs"
        more={failed_syncs === 0 ? "none failed" : `${whole(failed_syncs)} failed`}
      />
      <Figure
        label="Contacts processed"
        value={short(figures.contacts_processed)}
        more={outcomes
          .map(({ outcome, contacts }) => `${short(contacts)} ${outcome.toLowerCase()}`)
          .join(", ")}
      />
      <Figure
        label="Have an account"
        value={percent(figures.match_rate)}
        unit="of contacts"
        more={`${short(figures.contacts_matched)} matched`}
      />
      <Figure
        label="Duration, median"
        value={milliseconds(figures.p50_ms)}
        more="of full and delta syncs"
      />
      <Figure
        label="Duration, 95th percentile"
        value={milliseconds(figures.p95_ms)}
        more="19 of 20 took no longer"
      />
      <Figure
        label="Speed"
        value={
          figures.contacts_per_second === null
            ? NONE
            : short(Math.round(figures.contacts_per_second))
        }
        unit="contacts/s of work"
      />
      <Figure
        label="Refused by the budget"
        value={whole(figures.budget_refusals)}
        unit={figures.budget_refusals === 1 ? "sync" : "syncs"}
        more="too many new numbers"
      />
    </Figures>
  );
}

function Now({ overview }: { overview: OperationOverview }) {
  const { directory, books, links, webhooks, suspects, storage } = overview;
  const [rows, size] = storage.reduce(
    ([rows, size], table) => [rows + table.rows_estimate, size + table.bytes],
    [0, 0],
  );
  const isLate = links.lag_seconds > LONG_LAG_SECONDS || links.owners_in_the_way > 0;
  return (
    <Figures across={6}>
      <Figure
        label="Directory"
        value={short(directory.numbers)}
        unit="numbers"
        more={`of ${counted(directory.users, "user")}`}
      />
      <Figure
        label="Address books"
        value={short(books.owners)}
        unit="owners"
        more={`${short(books.contacts)} contacts, ${short(books.linked_contacts)} with an account`}
      />
      <Figure
        label="Joiners to be linked"
        value={whole(links.waiting)}
        unit="waiting"
        shape={isLate ? "attention" : "good"}
        state={isLate ? "Held up" : "In time"}
        more={
          links.waiting === 0
            ? "nobody waits"
            : `the oldest for ${seconds(links.lag_seconds)}${
                links.owners_in_the_way === 0
                  ? ""
                  : `; ${counted(links.owners_in_the_way, "locked book")} in the way`
              }`
        }
      />
      <Figure
        label="Webhook messages"
        value={webhooks.on ? whole(webhooks.waiting) : "Off"}
        unit={webhooks.on ? "waiting" : undefined}
        shape={webhooks.failed > 0 ? "attention" : webhooks.on ? "good" : undefined}
        state={
          webhooks.failed > 0
            ? `${whole(webhooks.failed)} given up`
            : webhooks.on
              ? "None given up"
              : undefined
        }
        more={
          webhooks.on ? (
            <>
              {webhooks.waiting > 0 && `the oldest for ${seconds(webhooks.oldest_seconds)}. `}
              <a href={addressOf("webhooks")}>See the messages</a>
            </>
          ) : (
            "links are not announced"
          )
        }
      />
      <Figure
        label="Suspects"
        value={whole(suspects.seen)}
        unit="seen in 24 h"
        shape={suspects.held > 0 ? "attention" : "good"}
        state={`${whole(suspects.held)} held`}
        more={<a href={addressOf("suspects")}>See who</a>}
      />
      <Figure label="Stored" value={bytes(size)} more={`${short(rows)} rows, indexes included`} />
    </Figures>
  );
}

function Storage({ storage }: Pick<OperationOverview, "storage">) {
  return (
    <details>
      <summary>
        Table<span class="unseen">: what is stored</span>
      </summary>
      <Table
        caption="What is stored"
        rows={storage}
        keyOf={({ table }) => table}
        columns={[
          { head: "Table", cell: ({ table }) => <code>{table}</code> },
          { head: "Rows", figures: true, cell: (row) => whole(row.rows_estimate) },
          { head: "Size, with indexes", figures: true, cell: (row) => bytes(row.bytes) },
        ]}
      />
    </details>
  );
}
