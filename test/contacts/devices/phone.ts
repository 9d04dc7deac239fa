import { digestOf } from "@contact-sync/client";
import type { ContactsWithAccounts, DeltaResult, SyncResult } from "../../../src/index.ts";
import { hashOf } from "../../support/use-contact-sync.ts";

/** A device that remembers what it has sent, as an app does: numbers, by their n, and its token. */
export class Phone {
  readonly deviceId: string;
  readonly #contactSync: ContactsWithAccounts;
  readonly #owner: string;
  has = new Set<number>();
  token = "";

  constructor(contactSync: ContactsWithAccounts, owner: string, deviceId = "phone-1") {
    this.#contactSync = contactSync;
    this.#owner = owner;
    this.deviceId = deviceId;
  }

  get digest(): string {
    return digestOf([...this.has].map(hashOf));
  }

  /** Sends all that it has. */
  async full(numbers: Iterable<number> = this.has): Promise<SyncResult> {
    this.has = new Set(numbers);
    const result = await this.#contactSync.syncPhoneHashes(
      this.#owner,
      [...this.has].map(hashOf),
      this.has.size,
      { mode: "replace", deviceId: this.deviceId, confirmRemoval: true },
    );
    this.token = result.sync_token ?? "";
    return result;
  }

  /** Sends what has come and gone; its memory is that of the answer, if there is one. */
  async delta(
    added: readonly number[] = [],
    removed: readonly number[] = [],
    options: { confirmRemoval?: boolean } = {},
  ): Promise<DeltaResult> {
    const before = this.has;
    this.has = new Set([...before].filter((n) => !removed.includes(n)).concat(added));
    try {
      const result = await this.#contactSync.syncDelta(this.#owner, {
        syncToken: this.token,
        digest: this.digest,
        added: added.map(hashOf),
        removed: removed.map(hashOf),
        ...options,
      });
      this.token = result.sync_token;
      return result;
    } catch (error) {
      this.has = before;
      throw error;
    }
  }
}

/** 0, 1, 2 and so on, as many as that. */
export function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** All of an owner's contacts, as the n of their numbers, with who has each. */
export async function bookOf(
  contactSync: ContactsWithAccounts,
  owner: string,
): Promise<Map<string, string | null>> {
  const book = new Map<string, string | null>();
  let cursor: string | undefined;
  do {
    const page = await contactSync.listContacts(owner, { limit: 1_000, cursor });
    for (const { phone_hash, linked_user_id } of page.contacts) {
      book.set(phone_hash, linked_user_id);
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return book;
}
