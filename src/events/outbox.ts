import type { SqlFunctions } from "../database/sql-functions.ts";

/** A message that somebody is to deliver, and which attempt that is. */
export interface DueMessage {
  readonly message_id: string;
  readonly attempt: number;
}

/** What a message tells, as the database holds it. */
export interface Message {
  readonly is_link: boolean;
  readonly user_id: string;
  readonly phone_key: string;
  /** Which key that is sealed with. */
  readonly key_number: number;
  readonly is_silent: boolean;
  readonly owner_ids: readonly string[];
  readonly changed_at: Date;
}

/** How it stands with a message that was not delivered yet. */
export interface MessageState {
  readonly message_id: string;
  readonly type: string;
  /** How many owners it names. */
  readonly owners: number;
  readonly changed_at: Date;
  readonly attempts: number;
  readonly last_failure: string | null;
  readonly next_attempt_at: Date | null;
  readonly set_aside_at: Date | null;
}

/** bigint and numeric come from the driver as text. */
export interface OutboxState {
  readonly waiting: string;
  readonly oldest_seconds: string;
  readonly set_aside: string;
}

/** What becomes of a message at the end of an attempt. */
export type AttemptEnd = "delivered" | "waits" | "set_aside" | "superseded";

/** The outbox in SQL, function by function; what each promises stands in its definition. */
export const outbox = {
  turnOn: (sql: SqlFunctions) => sql.call("set_webhooks", [true]),

  async isOn(sql: SqlFunctions): Promise<boolean> {
    const { set_webhooks } = await sql.call<{ set_webhooks: boolean }>("set_webhooks", [null]);
    return set_webhooks;
  },

  takeDue: (sql: SqlFunctions, limit: number, leaseSeconds: number) =>
    sql.callForRows<DueMessage>("contact_sync_take_due_messages", [limit, lease(leaseSeconds)]),

  async claim(sql: SqlFunctions, { message_id, attempt }: DueMessage, leaseSeconds: number) {
    const values = [message_id, attempt, lease(leaseSeconds)];
    const [message] = await sql.callForRows<Message>("contact_sync_claim_message", values);
    return message;
  },

  async endAttempt(
    sql: SqlFunctions,
    { message_id, attempt }: DueMessage,
    { failure, retryAfterSeconds }: { failure: string | null; retryAfterSeconds: number | null },
  ): Promise<AttemptEnd> {
    const values = [message_id, attempt, failure, retryAfterSeconds];
    const ended = await sql.call<{ contact_sync_end_attempt: AttemptEnd }>(
      "contact_sync_end_attempt",
      values,
    );
    return ended.contact_sync_end_attempt;
  },

  state: (sql: SqlFunctions) => sql.call<OutboxState>("contact_sync_outbox_state", []),

  list: (sql: SqlFunctions, setAside: boolean | null, limit: number) =>
    sql.callForRows<MessageState>("list_webhook_messages", [setAside, limit]),

  /** @param messageIds null for all */
  async replay(sql: SqlFunctions, messageIds: readonly string[] | null): Promise<number> {
    const replayed = await sql.call<{ replay_webhook_messages: number }>(
      "replay_webhook_messages",
      [messageIds],
    );
    return replayed.replay_webhook_messages;
  },
};

function lease(seconds: number): string {
  return `${seconds} seconds`;
}
