import type { Engine } from "../engine/engine.ts";
import { type AttemptEnd, type DueMessage, type Message, outbox } from "./outbox.ts";
import { type Envelope, type Outcome, type PostOptions, post } from "./post.ts";
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
  { sql, cipher }: Engine,
  webhook: Webhook,
  due: DueMessage,
  { claimSeconds = CLAIM_SECONDS, ...options }: DeliverOptions = {},
): Promise<Delivery | undefined> {
  const message = await outbox.claim(sql, due, claimSeconds);
  if (message === undefined) return undefined;
  const [phoneHash = ""] = cipher.decrypt([message.phone_key.replaceAll("-", "")]);
  const outcome = await post(webhook, envelopeOf(due.message_id, message, phoneHash), options);
  return { outcome, end: await outbox.endAttempt(sql, due, outcome) };
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
