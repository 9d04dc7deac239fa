import type { Engine } from "../engine/engine.ts";
import { type AttemptEnd, type DueMessage, type Message, outbox } from "./outbox.ts";
import { type Envelope, type Outcome, type PostOptions, post, UNKNOWN_USER } from "./post.ts";
import type { Webhook } from "./webhook.ts";

// Longer than an attempt can take: whoever has not ended it by then is gone.
const CLAIM_SECONDS = 30;

export interface DeliverOptions extends PostOptions {
  /** Seconds for which nobody else takes up a message that is being delivered; default 30. */
  readonly claimSeconds?: number | undefined;
}

/** An attempt and what came of it. */
export interface Delivery {
  readonly outcome: Outcome;
  readonly end: AttemptEnd;
}

/**
 * Delivers a message once, if nobody else has it, and tells the outbox what came of it.
 *
 * @returns undefined where somebody else has it, or it is delivered already
 */
export async function deliver(
  { sql, keyRing, users }: Engine,
  webhook: Webhook,
  due: DueMessage,
  { claimSeconds = CLAIM_SECONDS, ...options }: DeliverOptions = {},
): Promise<Delivery | undefined> {
  const message = await outbox.claim(sql, due, claimSeconds);
  if (message === undefined) return undefined;
  const { cipher } = await keyRing.secretsFor(message.key_number);
  const [phoneHash = ""] = cipher.decrypt([message.phone_key.replaceAll("-", "")]);
  const idOf = await users.knownIdsOf([message.user_id, ...message.owner_ids]);
  const told = withIds(message, idOf);
  const outcome =
    told === undefined
      ? UNKNOWN_USER
      : await post(webhook, envelopeOf(due.message_id, told, phoneHash), options);
  return { outcome, end: await outbox.endAttempt(sql, due, outcome) };
}

/**
 * The message by the app's ids. Owners who were erased meanwhile are nobody's to be told of; of a
 * user without an id there is no message.
 */
function withIds(message: Message, idOf: ReadonlyMap<string, string>): Message | undefined {
  const user_id = idOf.get(message.user_id);
  if (user_id === undefined) return undefined;
  const owner_ids = message.owner_ids.flatMap((uuid) => idOf.get(uuid) ?? []);
  return { ...message, user_id, owner_ids };
}

function envelopeOf(id: string, message: Message, phoneHash: string): Envelope {
  const { is_link, changed_at, user_id, is_silent, owner_ids } = message;
  return {
    id,
    body: JSON.stringify({
      type: is_link ? "contacts.linked" : "contacts.unlinked",
      // Of the change, and the same each time it is sent: the order of things, where it matters.
      timestamp: changed_at.toISOString(),
      data: { user_id, phone_hash: phoneHash, silent: is_silent, owners: owner_ids },
    }),
  };
}
