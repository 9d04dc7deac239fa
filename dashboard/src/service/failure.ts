import type { Problem } from "@contact-sync/client";

/** Why a question has no answer, in words for the operator. */
export interface Failure {
  readonly kind: "unauthenticated" | "forbidden" | "unavailable" | "unreachable" | "problem";
  readonly title: string;
  readonly detail: string;
  /** What to do. */
  readonly cure: string;
  readonly code: string | undefined;
  /** What to look at, where there are several causes. */
  readonly reason: string | undefined;
  readonly requestId: string | undefined;
  /** When the service asks to be asked again. */
  readonly retryAfterSeconds: number | undefined;
}

const NOTHING = {
  code: undefined,
  reason: undefined,
  requestId: undefined,
  retryAfterSeconds: undefined,
};

/** No answer at all. */
export function unreachable(): Failure {
  const isOffline = navigator.onLine === false;
  return {
    ...NOTHING,
    kind: "unreachable",
    title: isOffline ? "This device is offline" : "The service does not answer",
    detail: isOffline
      ? "The browser says that it has no network."
      : `Nothing answers at ${location.host}, or not in time.`,
    cure: isOffline
      ? "Connect it."
      : "See whether the service runs and whether a proxy or VPN is in the way.",
  };
}

/** What the service, or whatever is in front of it, answered instead of data. */
export function failureOf(status: number, headers: Headers, body: unknown): Failure {
  const retryAfterSeconds = secondsOf(headers.get("retry-after"));
  if (!isProblem(body)) return foreign(status, retryAfterSeconds);
  const { code, detail, title, cure, details, request_id: requestId } = body;
  const reason = details?.["reason"] === undefined ? undefined : String(details["reason"]);
  const told = { code, reason, requestId, retryAfterSeconds };
  if (status === 401) {
    return {
      ...told,
      kind: "unauthenticated",
      title: "The key or token is not accepted",
      detail,
      cure: "It may be mistyped, expired or withdrawn. Sign in with a service key, or with a fresh token of the role service_role.",
    };
  }
  if (status === 403) {
    return {
      ...told,
      kind: "forbidden",
      title: "This token may not see the service's figures",
      detail,
      cure: "It is a user's. Sign in with a service key, or with a token of the role service_role.",
    };
  }
  return { ...told, kind: status === 503 ? "unavailable" : "problem", title, detail, cure };
}

function foreign(status: number, retryAfterSeconds: number | undefined): Failure {
  return {
    ...NOTHING,
    retryAfterSeconds,
    kind: status >= 502 && status <= 504 ? "unavailable" : "problem",
    title: `Something else than the service answered (${status})`,
    detail: "The answer does not have the service's form.",
    cure: "A proxy in front of the service may answer for it: see whether the service runs, and where the proxy sends /api/v1.",
  };
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "cure" in body;
}

function secondsOf(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
