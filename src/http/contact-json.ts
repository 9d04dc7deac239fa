import type { Contact as ContactJson } from "@contact-sync/client";
import type { Contact } from "../contacts/book/contact.ts";

/** A contact as JSON has it, with its times as texts. */
export function contactJson(contact: Contact): ContactJson {
  return {
    ...contact,
    last_interaction: contact.last_interaction?.toISOString() ?? null,
    created_at: contact.created_at.toISOString(),
    updated_at: contact.updated_at.toISOString(),
  };
}
