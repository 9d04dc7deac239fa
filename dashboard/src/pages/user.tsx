import type { UserReport } from "@contact-sync/client";
import { useEffect } from "preact/hooks";
import { Figure, Figures } from "../parts/figure.tsx";
import { Icon } from "../parts/icon.tsx";
import { Moment } from "../parts/moment.tsx";
import { Empty, Panel, WhenKnown } from "../parts/panel.tsx";
import { Row, Rows } from "../parts/rows.tsx";
import { Table } from "../parts/table.tsx";
import { counted, milliseconds, NONE, seconds, short, whole } from "../parts/words.ts";
import { useLive } from "../service/live.ts";
import { addressOf } from "../service/route.ts";
import { Erase } from "./erase.tsx";
import { Explain } from "./explain.tsx";
import { Export } from "./export.tsx";
import { remember } from "./users.tsx";

export function User({ userId }: { userId: string }) {
  const path = `admin/users/${encodeURIComponent(userId)}`;
  const report = useLive<UserReport>(path);
  const isThere = report.data !== undefined;
  useEffect(() => {
    if (isThere) remember(userId);
  }, [isThere, userId]);
  return (
    <div class="stack">
      <p class="subject">
        <bdi class="id">{userId}</bdi> <a href={addressOf("users")}>Look another up</a>
      </p>
      <WhenKnown known={report} what="the user">
        {(data) => <Report report={data} />}
      </WhenKnown>
      <Explain userId={userId} />
      <Panel title="What is held about the user">
        <Export userId={userId} />
        <Erase userId={userId} onErased={() => void report.askAgain()} />
      </Panel>
    </div>
  );
}

const FOUND_BY = {
  everybody: "Everybody",
  mutual: "Mutual",
  nobody: "Nobody",
};

function Report({ report }: { report: UserReport }) {
  const { status, summary, numbers, devices, budget, runs } = report;
  const isUnknown =
    status === null && numbers === 0 && summary.contacts_count === 0 && devices.length === 0;
  return (
    <>
      {isUnknown && (
        <p class="notice">
          Nothing is held of this user: they have never synced, and no number of theirs is linked.
          Is the id the one that your app knows them by?
        </p>
      )}
      <Panel title="As the service sees them">
        <Figures across={6}>
          <Figure
            label="Last sync"
            value={lastSync(status)}
            shape={status === null ? undefined : shapeOf(status.sync_status)}
            state={status === null ? undefined : stateOf(status)}
            more={
              status?.last_sync_at != null && (
                <>
                  <Moment at={status.last_sync_at} />
                  {status.last_sync_mode !== null && `, ${status.last_sync_mode}`}
                </>
              )
            }
          />
          <Figure
            label="Address book"
            value={short(summary.contacts_count)}
            unit={summary.contacts_count === 1 ? "contact" : "contacts"}
            more={`${whole(summary.linked_count)} with an account, ${counted(summary.favorites_count, "favourite")}`}
          />
          <Figure
            label="Own numbers"
            value={whole(numbers)}
            unit="linked"
            more={numbers === 0 ? "nobody finds them by a number" : "in the directory"}
          />
          <Figure
            label="Found by"
            value={FOUND_BY[report.discoverability]}
            more={
              report.blocked_users === 0
                ? "nobody is blocked"
                : `${counted(report.blocked_users, "user is", "users are")} blocked`
            }
          />
          <Figure
            label="Budget for new numbers"
            value={budget === null ? "None" : short(budget.remaining)}
            unit={budget === null ? undefined : "left"}
            more={
              budget === null
                ? "no limit in force"
                : `of ${whole(budget.limit)}; ${
                    budget.reset === 0 ? "full" : `full in ${seconds(budget.reset)}`
                  }`
            }
          />
          <Figure
            label="Suspicion"
            value={whole(report.suspicion)}
            unit="of 100"
            shape={report.held_at === null ? undefined : "attention"}
            state={report.held_at === null ? undefined : "Held"}
            more={
              report.held_at === null ? (
                "highest of 30 days"
              ) : (
                <>
                  <Moment at={report.held_at} />. <a href={addressOf("suspects")}>Release</a>
                </>
              )
            }
          />
        </Figures>
        {status !== null && (
          <Rows>
            <Row name="On the device at the last sync">
              {status.device_contacts_count === null
                ? NONE
                : counted(status.device_contacts_count, "contact")}
            </Row>
            <Row name="Synced then">
              {status.synced_contacts_count === null
                ? NONE
                : counted(status.synced_contacts_count, "contact")}
            </Row>
            <Row name="With an account then">
              {status.matched_contacts_count === null
                ? NONE
                : counted(status.matched_contacts_count, "contact")}
            </Row>
          </Rows>
        )}
      </Panel>
      <Panel
        title="Last syncs"
        note="The newest first, 20 at most. Syncs that changed nothing leave no row."
      >
        {runs.length === 0 ? <Empty>They have not synced.</Empty> : <Runs runs={runs} />}
      </Panel>
      <Panel title="Devices">
        {devices.length === 0 ? (
          <Empty>None: no sync of theirs has named a device.</Empty>
        ) : (
          <Table
            caption="Devices"
            rows={devices}
            keyOf={({ device_id }) => device_id}
            columns={[
              { head: "Device", cell: ({ device_id }) => <code>{device_id}</code> },
              { head: "Contacts", figures: true, cell: (one) => whole(one.contacts_count) },
              { head: "Last seen", cell: ({ last_seen_at }) => <Moment at={last_seen_at} /> },
              { head: "First seen", cell: ({ created_at }) => <Moment at={created_at} /> },
            ]}
          />
        )}
      </Panel>
    </>
  );
}

type Status = NonNullable<UserReport["status"]>;

const LAST_SYNC = { never_synced: "Never", completed: "Completed", failed: "Failed" };

const lastSync = (status: Status | null) => LAST_SYNC[status?.sync_status ?? "never_synced"];

const shapeOf = (status: Status["sync_status"]) =>
  ({ never_synced: undefined, completed: "good", failed: "bad" })[status] as
    | "good"
    | "bad"
    | undefined;

const stateOf = ({ sync_status, last_error_code }: Status) =>
  sync_status === "failed" ? (last_error_code ?? "failed") : undefined;

function Runs({ runs }: Pick<UserReport, "runs">) {
  return (
    <Table
      caption="Last syncs"
      rows={runs}
      keyOf={({ started_at }, index) => `${started_at} ${index}`}
      columns={[
        { head: "Began", cell: ({ started_at }) => <Moment at={started_at} plain /> },
        {
          head: "Outcome",
          cell: ({ status, error_code }) => (
            <span class={`state ${status === "completed" ? "good" : "bad"}`}>
              <Icon shape={status === "completed" ? "good" : "bad"} />
              {status === "completed" ? "Completed" : <code>{error_code ?? "failed"}</code>}
            </span>
          ),
        },
        { head: "Mode", cell: ({ mode }) => mode },
        { head: "Contacts", figures: true, cell: ({ contacts }) => whole(contacts) },
        { head: "New", figures: true, cell: ({ inserted }) => whole(inserted) },
        { head: "Updated", figures: true, cell: ({ updated }) => whole(updated) },
        { head: "Removed", figures: true, cell: ({ removed }) => whole(removed) },
        { head: "Matched", figures: true, cell: ({ matched }) => whole(matched) },
        { head: "Took", figures: true, cell: (run) => milliseconds(run.processing_time_ms) },
      ]}
    />
  );
}
