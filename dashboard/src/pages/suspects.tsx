import type { ReleasedOwner, Suspect, SuspectList } from "@contact-sync/client";
import { useSignal } from "@preact/signals";
import { Done, useDeed } from "../parts/deed.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { FailureNote } from "../parts/failure-note.tsx";
import { Icon } from "../parts/icon.tsx";
import { Moment, MomentOrNone } from "../parts/moment.tsx";
import { Empty, Panel, WhenKnown } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";
import { counted, NONE, percent, whole } from "../parts/words.ts";
import { useLive } from "../service/live.ts";
import { addressOfUser } from "../service/route.ts";

const LEAST = [1, 30, 60, 80] as const;
const MOST_LISTED = 100;

export function Suspects() {
  const least = useSignal<number>(30);
  const suspects = useLive<SuspectList>(
    `admin/suspects?minScore=${least.value}&limit=${MOST_LISTED}`,
  );
  const chosen = useSignal<Suspect | undefined>(undefined);
  const deed = useDeed<ReleasedOwner>();
  const release = async ({ owner_id }: Suspect) => {
    const path = `admin/suspects/${encodeURIComponent(owner_id)}/release`;
    const done = await deed.run(
      path,
      { method: "POST" },
      ({ released }) =>
        released
          ? `${owner_id} is released: they get new links again, and those that were withheld.`
          : `${owner_id} was not held.`,
      suspects.askAgain,
    );
    if (done) chosen.value = undefined;
  };
  return (
    <Panel
      title="Owners whose syncs look like an attack"
      note="Of the last 24 hours, the highest score first, with all who are held. A score is a sum of signs from 0 to 100, and none of them proves anything; a person rarely gets 30. Who is held gets no new links, and is not told."
      tools={
        <label class="field-inline">
          Score from{" "}
          <select
            value={least.value}
            onChange={(event) => {
              least.value = Number(event.currentTarget.value);
            }}
          >
            {LEAST.map((score) => (
              <option key={score} value={score}>
                {score}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Done deed={deed} />
      <WhenKnown known={suspects} what="the suspects">
        {(data) =>
          data.suspects.length === 0 ? (
            <Empty>
              Nobody's syncs of the last 24 hours score {least.value} or more, and nobody is held.
            </Empty>
          ) : (
            <List
              suspects={data.suspects}
              onRelease={(suspect) => {
                deed.forget();
                chosen.value = suspect;
              }}
            />
          )
        }
      </WhenKnown>
      {chosen.value !== undefined && (
        <Release
          suspect={chosen.value}
          deed={deed}
          onRelease={release}
          onClose={() => {
            chosen.value = undefined;
          }}
        />
      )}
    </Panel>
  );
}

interface ListProps {
  readonly suspects: readonly Suspect[];
  readonly onRelease: (suspect: Suspect) => void;
}

function List({ suspects, onRelease }: ListProps) {
  return (
    <>
      <Table
        caption="Suspects"
        rows={suspects}
        keyOf={({ owner_id }) => owner_id}
        columns={[
          {
            head: "Owner",
            cell: ({ owner_id }) => (
              <a class="id" href={addressOfUser(owner_id)}>
                <bdi>{owner_id}</bdi>
              </a>
            ),
          },
          { head: "Score", figures: true, cell: ({ suspicion }) => suspicion },
          {
            head: "State",
            cell: (suspect) => <State suspect={suspect} onRelease={onRelease} />,
          },
          {
            head: "Neighbours",
            figures: true,
            cell: ({ neighbours_percent }) => (
              <span title={neighbours_percent === null ? "Only hashes came" : undefined}>
                {neighbours_percent === null ? NONE : percent(neighbours_percent)}
              </span>
            ),
          },
          {
            head: "Syncs",
            figures: true,
            cell: ({ syncs, budget_refusals }) =>
              `${whole(syncs)}${budget_refusals === 0 ? "" : `, ${whole(budget_refusals)} refused`}`,
          },
          { head: "New", figures: true, cell: (one) => whole(one.contacts_inserted) },
          { head: "Removed", figures: true, cell: (one) => whole(one.contacts_removed) },
          { head: "Matched", figures: true, cell: (one) => whole(one.matched_contacts) },
          { head: "In the book", figures: true, cell: (one) => whole(one.contacts_count) },
          { head: "First sync", cell: (one) => <MomentOrNone at={one.first_sync_at} /> },
          { head: "Last sync", cell: (one) => <MomentOrNone at={one.last_seen_at} /> },
        ]}
      />
      <p class="quiet">
        {counted(suspects.length, "owner")}
        {suspects.length === MOST_LISTED && ", the highest; there may be more"}. New, removed and
        matched are contacts of these syncs. Neighbours: how many numbers of the sync had a near
        neighbour; {NONE} where only hashes came.
      </p>
    </>
  );
}

function State({ suspect, onRelease }: { suspect: Suspect; onRelease: ListProps["onRelease"] }) {
  const { owner_id, held_at, released_at } = suspect;
  if (held_at !== null) {
    return (
      <span class="with-button">
        <span class="state attention">
          <Icon shape="attention" />
          Held <Moment at={held_at} />
        </span>
        <button type="button" onClick={() => onRelease(suspect)}>
          Release<span class="unseen"> {owner_id}</span>
        </button>
      </span>
    );
  }
  if (released_at !== null) {
    return (
      <span class="state good">
        <Icon shape="good" />
        Released <Moment at={released_at} />
      </span>
    );
  }
  return "Not held";
}

interface ReleaseProps {
  readonly suspect: Suspect;
  readonly deed: ReturnType<typeof useDeed<ReleasedOwner>>;
  readonly onRelease: (suspect: Suspect) => void;
  readonly onClose: () => void;
}

const Release = ({ suspect, deed, onRelease, onClose }: ReleaseProps) => (
  <Dialog title="Release this owner?" onClose={onClose}>
    <p>
      <bdi class="id">{suspect.owner_id}</bdi>
    </p>
    <p>
      They get new links again, and at once those that were withheld. What led to it does not hold
      them again.
    </p>
    {deed.failure !== undefined && <FailureNote failure={deed.failure} retry={false} />}
    <div class="buttons">
      <button
        type="button"
        class="main"
        disabled={deed.isUnderWay}
        onClick={() => onRelease(suspect)}
      >
        {deed.isUnderWay ? "Releasing …" : "Release"}
      </button>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
    </div>
  </Dialog>
);
