import type { OperationOverview, ReplayedMessages, WebhookMessages } from "@contact-sync/client";
import { useSignal } from "@preact/signals";
import { Done, useDeed } from "../parts/deed.tsx";
import { FailureNote } from "../parts/failure-note.tsx";
import { Moment, MomentOrNone } from "../parts/moment.tsx";
import { Empty, Panel, WhenKnown } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";
import { counted, NONE, whole } from "../parts/words.ts";
import { useLive } from "../service/live.ts";

type Message = WebhookMessages["messages"][number];

const MOST_LISTED = 100;

export function Webhooks() {
  const overview = useLive<OperationOverview>("admin/overview");
  const failed = useLive<WebhookMessages>(`admin/webhooks?state=failed&limit=${MOST_LISTED}`);
  const waiting = useLive<WebhookMessages>(`admin/webhooks?state=waiting&limit=${MOST_LISTED}`);
  const deed = useDeed<ReplayedMessages>();
  const replaying = useSignal("");
  const isOff = overview.data?.webhooks.on === false;
  const replay = async (messageId?: string) => {
    replaying.value = messageId ?? "";
    const body = messageId === undefined ? {} : { message_ids: [messageId] };
    await deed.run(
      "admin/webhooks/replay",
      { method: "POST", body },
      ({ replayed }) =>
        replayed === 0
          ? "There was nothing to send again: it has been sent meanwhile."
          : `${counted(replayed, "message is", "messages are")} being sent again.`,
      () => Promise.all([failed.askAgain(), waiting.askAgain()]),
    );
  };
  return (
    <div class="stack">
      {isOff && (
        <p class="notice">
          Links are not announced. To have your back end told of them, set{" "}
          <code>CONTACT_SYNC_WEBHOOK_URL</code> and <code>CONTACT_SYNC_WEBHOOK_SECRET</code>.
        </p>
      )}
      <Panel
        title="Given up"
        note="Messages that the receiver did not take in all attempts. Mend the receiver, then send them again; what is delivered twice has the same id."
        tools={
          (failed.data?.messages.length ?? 0) > 0 && (
            <button
              type="button"
              class="main"
              disabled={deed.isUnderWay}
              onClick={() => void replay()}
            >
              Replay all
            </button>
          )
        }
      >
        <Done deed={deed} />
        {deed.failure !== undefined && <FailureNote failure={deed.failure} retry={false} />}
        <WhenKnown known={failed} what="messages that were given up">
          {({ messages }) =>
            messages.length === 0 ? (
              <Empty>No message was given up.</Empty>
            ) : (
              <Messages
                caption="Messages that were given up"
                messages={messages}
                time={{ head: "Given up", at: ({ set_aside_at }) => set_aside_at }}
                replay={(message) => (
                  <button
                    type="button"
                    disabled={deed.isUnderWay}
                    onClick={() => void replay(message.message_id)}
                  >
                    {deed.isUnderWay && replaying.value === message.message_id
                      ? "Sending …"
                      : "Replay"}
                    <span class="unseen"> {message.message_id}</span>
                  </button>
                )}
              />
            )
          }
        </WhenKnown>
      </Panel>
      <Panel title="Waiting" note="The oldest first. Those that failed are tried again by and by.">
        <WhenKnown known={waiting} what="messages that wait">
          {({ messages }) =>
            messages.length === 0 ? (
              <Empty>No message waits: all were delivered.</Empty>
            ) : (
              <Messages
                caption="Messages that wait"
                messages={messages}
                time={{ head: "Next attempt", at: ({ next_attempt_at }) => next_attempt_at }}
              />
            )
          }
        </WhenKnown>
      </Panel>
    </div>
  );
}

interface MessagesProps {
  readonly caption: string;
  readonly messages: readonly Message[];
  readonly time: { readonly head: string; readonly at: (message: Message) => string | null };
  readonly replay?: (message: Message) => preact.JSX.Element;
}

function Messages({ caption, messages, time, replay }: MessagesProps) {
  return (
    <>
      <Table
        caption={caption}
        rows={messages}
        keyOf={({ message_id }) => message_id}
        columns={[
          { head: "Message", cell: ({ message_id }) => <code>{message_id}</code> },
          ...(replay === undefined
            ? []
            : [{ head: <span class="unseen">Replay</span>, cell: replay }]),
          { head: "Type", cell: ({ type }) => <code>{type}</code> },
          { head: "Owners", figures: true, cell: ({ owners }) => whole(owners) },
          { head: "Changed", cell: ({ changed_at }) => <Moment at={changed_at} /> },
          { head: "Attempts", figures: true, cell: ({ attempts }) => whole(attempts) },
          { head: "Last failure", cell: ({ last_failure }) => last_failure ?? NONE },
          { head: time.head, cell: (message) => <MomentOrNone at={time.at(message)} /> },
        ]}
      />
      <p class="quiet">
        {counted(messages.length, "message")}
        {messages.length === MOST_LISTED && ", the oldest; there are more"}.
      </p>
    </>
  );
}
