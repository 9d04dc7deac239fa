import { ContactSyncError } from "@contact-sync/client";
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";

/** The public keys of tokens, from the address of an auth system. */
export interface PublicKeys {
  /**
   * The key that a token names.
   *
   * @throws ContactSyncError `UNAUTHENTICATED` (nobody knows the key), `KEYS_UNAVAILABLE` (none was
   *   ever fetched)
   */
  readonly find: JWTVerifyGetKey;
  state(): PublicKeysState;
}

export interface PublicKeysState {
  /** Since the keys were last fetched; NaN before the first time. */
  readonly ageSeconds: number;
  readonly fetched: number;
  readonly failed: number;
}

/** Told when fetching begins to fail, and when it succeeds again. */
export interface PublicKeysChange {
  readonly isAway: boolean;
  /** Why, in a word: the system's code, or what was answered. */
  readonly cause: string | undefined;
  readonly ageSeconds: number;
}

export interface PublicKeysOptions {
  /** Milliseconds since any moment; for tests. */
  readonly now?: () => number;
  readonly onChange?: (change: PublicKeysChange) => void;
}

// Auth systems publish a key long before they sign with it, and take one away long after.
const REFRESH_AFTER_MS = 600_000;
// Keys so old, as after a quiet night, are fetched before they are believed.
const WAIT_AFTER_MS = 1_200_000;
// Between two fetches, however many tokens name a key that nobody knows.
const COOLDOWN_MS = 30_000;
// Without any key nobody gets in, so it is tried sooner.
const COOLDOWN_WITHOUT_KEYS_MS = 2_000;
const TIMEOUT_MS = 5_000;

/**
 * Keys that were fetched once stay in use while their server is away, for however long: an outage
 * of the auth system signs nobody out. They are renewed behind the requests, one fetch at a time,
 * and a token with a key that is not known causes at most one fetch in each cooldown.
 */
export function createPublicKeys(
  url: string,
  { now = () => performance.now(), onChange = () => {} }: PublicKeysOptions = {},
): PublicKeys {
  // It neither expires nor reloads by itself: jose would do both at every token of an outage.
  const remote = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchKeys,
  });
  let fetchedAt = Number.NaN;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let cause: string | undefined;
  let pending: Promise<void> | undefined;
  const counts = { fetched: 0, failed: 0 };
  const hasKeys = () => remote.jwks() !== undefined;
  const age = () => now() - fetchedAt;
  const untilNextFetch = () =>
    attemptedAt + (hasKeys() ? COOLDOWN_MS : COOLDOWN_WITHOUT_KEYS_MS) - now();
  const mayFetch = () => pending !== undefined || untilNextFetch() <= 0;

  /** Joins the fetch that is under way, or begins one. It never rejects. */
  function refresh(): Promise<void> {
    pending ??= fetchOnce().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function fetchOnce(): Promise<void> {
    attemptedAt = now();
    const wasAway = cause !== undefined;
    try {
      await remote.reload();
      fetchedAt = now();
      cause = undefined;
      counts.fetched += 1;
    } catch (error) {
      cause = causeOf(error);
      counts.failed += 1;
    }
    const isAway = cause !== undefined;
    if (isAway !== wasAway) onChange({ isAway, cause, ageSeconds: age() / 1000 });
  }

  async function renew(): Promise<void> {
    if (hasKeys() && age() < REFRESH_AFTER_MS) return;
    if (!mayFetch()) return;
    const renewed = refresh();
    const mustWait = !hasKeys() || (age() > WAIT_AFTER_MS && cause === undefined);
    if (mustWait) await renewed;
  }

  return {
    async find(header, token) {
      await renew();
      if (!hasKeys()) {
        throw new ContactSyncError(
          "KEYS_UNAVAILABLE",
          "no public key could be fetched yet; the token was not looked at",
          { details: { retry_after_seconds: inSeconds(untilNextFetch()) } },
        );
      }
      try {
        return await remote(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      // A new key, or a made-up one.
      if (mayFetch()) await refresh();
      try {
        return await remote(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || cause === undefined) throw error;
        // Not 503: made-up tokens could then make the service look as if it were down.
        throw new ContactSyncError(
          "UNAUTHENTICATED",
          "the token's key is not known, and the public keys cannot be fetched at the moment",
          { details: { retry_after_seconds: inSeconds(untilNextFetch()) } },
        );
      }
    },
    state: () => ({ ageSeconds: age() / 1000, ...counts }),
  };
}

async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  if (response.status === 200) return response;
  await response.body?.cancel();
  throw Object.assign(new Error("not the keys"), { code: `status ${response.status}` });
}

/** The address stays out of it: it is in the configuration, and may hold a secret. */
function causeOf(error: unknown): string {
  if (error instanceof errors.JWKSTimeout) return `no answer in ${TIMEOUT_MS / 1000} s`;
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && !code.startsWith("ERR_J")) return code;
  }
  return "the answer is not a set of keys";
}

function inSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
