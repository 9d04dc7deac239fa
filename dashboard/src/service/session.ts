// The operator's key or token: in memory, and in `sessionStorage` where they ask for it.
import { signal } from "@preact/signals";
import { askWith } from "./ask.ts";
import type { Failure } from "./failure.ts";

const STORED = "contact-sync key";

/** Sent with every request; undefined: nobody is signed in. */
export const key = signal<string | undefined>(undefined);
/** Whether the key outlives a reload of this tab. */
export const isKept = signal(false);
/** Why the form is shown again. */
export const refusal = signal<Failure | undefined>(undefined);
export const isSigningIn = signal(false);

/** Asks the service whether the key opens it, and keeps it where it does. */
export async function signIn(candidate: string, keep: boolean): Promise<void> {
  isSigningIn.value = true;
  refusal.value = undefined;
  const answer = await askWith(candidate, "admin/overview");
  isSigningIn.value = false;
  if (answer.failure !== undefined) {
    refusal.value = answer.failure;
    if (isRefused(answer.failure)) store(undefined);
    return;
  }
  key.value = candidate;
  keepKey(keep);
}

export function signOut(why?: Failure): void {
  key.value = undefined;
  refusal.value = why;
  keepKey(false);
}

/** In this tab until it is closed, or in memory alone. */
export function keepKey(keep: boolean): void {
  isKept.value = store(keep ? key.value : undefined) && keep;
}

/** The key of the address, which it leaves at once, or the one that this tab was told to keep. */
export function keyOfAddress(): { key: string; keep: boolean } | undefined {
  const [, given] = /^#key=(.+)$/.exec(location.hash) ?? [];
  if (given !== undefined) {
    history.replaceState(null, "", `${location.pathname}${location.search}#/`);
    return { key: decoded(given), keep: false };
  }
  const stored = read();
  return stored === null ? undefined : { key: stored, keep: true };
}

export const isRefused = ({ kind }: Failure) => kind === "unauthenticated" || kind === "forbidden";

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A browser may forbid pages to store anything.
function read(): string | null {
  try {
    return sessionStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(value: string | undefined): boolean {
  try {
    if (value === undefined) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, value);
    return true;
  } catch {
    return false;
  }
}
