import { randomUUID } from "node:crypto";
import type { SqlFunctions } from "../database/sql-functions.ts";

// A claim outlives the process that holds it by this long at the most, and two renewals may fail
// before one that is alive loses it.
const LEASE_SECONDS = 5;
const RENEW_EVERY_MS = 2_000;
// At 120 requests a minute a key lasts seven minutes, and an owner's keys take 1 MB.
const KEYS_OF_AN_OWNER = 1_000;
// What the table takes.
const MAX_KEPT_BYTES = 2_048;

/** An idempotency key of one caller at one endpoint. */
export interface Place {
  readonly ownerId: string;
  readonly route: string;
  readonly keyDigest: string;
}

/** A key that a request has claimed and whose answer is still open. */
export interface Claim extends Place {
  /** The request's alone: whoever takes the key over has another one. */
  readonly claimId: string;
}

/** What a request brings to its claim. */
export interface Asked {
  readonly place: Place;
  /** Of its body. */
  readonly fingerprint: string;
  /** Of whom the older keys give way to new ones. */
  readonly isUser: boolean;
  /** Which sealing key the digests are made with. */
  readonly keyNumber: number;
}

export type Claimed =
  | { readonly claim: Claim }
  | { readonly answer: Buffer }
  | { readonly refused: "reused" }
  | { readonly refused: "in_use"; readonly retryAfterSeconds: number };

/** The claims that this process holds. They stay its own while it renews them, and no longer. */
export class Claims {
  readonly #sql: SqlFunctions;
  readonly #renewals: SqlFunctions;
  readonly #held = new Set<Claim>();
  #isRenewing = false;

  /** @param renewals on connections that no request can keep busy */
  constructor(sql: SqlFunctions, renewals: SqlFunctions) {
    this.#sql = sql;
    this.#renewals = renewals;
  }

  /** @param sql verified with the key that the request's digests are made with */
  async take(
    sql: SqlFunctions,
    { place, fingerprint, isUser, keyNumber }: Asked,
  ): Promise<Claimed> {
    const claim: Claim = { ...place, claimId: randomUUID() };
    const row = await sql.call<{
      claim: "claimed" | "answered" | "in_use" | "reused";
      answer: Buffer;
      retry_after_seconds: number;
    }>("contact_sync_claim_answer", [
      place.ownerId,
      place.route,
      place.keyDigest,
      fingerprint,
      claim.claimId,
      `${LEASE_SECONDS} seconds`,
      isUser ? KEYS_OF_AN_OWNER : null,
      keyNumber,
    ]);
    switch (row.claim) {
      case "claimed":
        this.#held.add(claim);
        if (!this.#isRenewing) this.#renewLater();
        return { claim };
      case "answered":
        return { answer: row.answer };
      case "in_use":
        return { refused: "in_use", retryAfterSeconds: row.retry_after_seconds };
      case "reused":
        return { refused: "reused" };
    }
  }

  /** Keeps the answer for those who repeat the request, unless others have taken the key over. */
  async keep(claim: Claim, answer: Buffer): Promise<void> {
    await this.#settle(claim, answer.length > MAX_KEPT_BYTES ? null : answer);
  }

  /** Frees the key, for a request that failed and may be tried again. */
  async release(claim: Claim): Promise<void> {
    await this.#settle(claim, null);
  }

  /** Not tried again: what the database cannot be told, it finds out when the lease has ended. */
  async #settle(claim: Claim, answer: Buffer | null): Promise<void> {
    try {
      await this.#sql.call("contact_sync_keep_answer", [
        claim.ownerId,
        claim.route,
        claim.keyDigest,
        claim.claimId,
        answer,
      ]);
    } finally {
      this.#held.delete(claim);
    }
  }

  #renewLater(): void {
    this.#isRenewing = this.#held.size > 0;
    if (this.#isRenewing) setTimeout(() => this.#renew(), RENEW_EVERY_MS).unref();
  }

  async #renew(): Promise<void> {
    const held = [...this.#held];
    if (held.length === 0) return this.#renewLater();
    await this.#renewals
      .call("contact_sync_renew_claims", [
        held.map(({ ownerId }) => ownerId),
        held.map(({ route }) => route),
        held.map(({ keyDigest }) => keyDigest),
        held.map(({ claimId }) => claimId),
        `${LEASE_SECONDS} seconds`,
      ])
      .catch(() => {}); // the database is away: next time, or never mind
    this.#renewLater();
  }
}
