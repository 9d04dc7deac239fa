import type { Travelling } from "./service.ts";

/** What a request is for. */
export type RequestKind =
  | "full"
  | "merge"
  | "fill up"
  | "delta"
  | "nothing"
  | "begin"
  | "part"
  | "commit"
  | "changes"
  | "list"
  | "delete"
  | "delete all"
  | "forget device"
  | "other";

export interface ReadRequest {
  readonly kind: RequestKind;
  /** Whose bearer token it bears. */
  readonly userId: string;
  /** Named in the request. */
  readonly deviceId: string | undefined;
  /** Which says of what device it is. */
  readonly syncToken: string | undefined;
  /** Hashes that it adds, deletes, or says to be all. */
  readonly hashes: readonly string[];
}

/** Reads a request as docs/protocol.md describes it. */
export function readRequest({ method, path, headers, body }: Travelling): ReadRequest {
  const { pathname } = new URL(path, "http://service");
  const [, one = "", two = "", three = "", four = ""] =
    /^\/api\/v1\/(\w+)(?:\/(\w+))?(?:\/([^/]+))?(?:\/([^/]+))?/.exec(pathname) ?? [];
  const fields = typeof body === "string" ? (JSON.parse(body) as Record<string, unknown>) : {};
  const deviceId = fields["deviceId"] as string | undefined;
  const userId = subjectOf(headers["authorization"] ?? "");
  const hashes = (fields["phoneHashes"] ?? fields["added"] ?? []) as string[];
  const read = (kind: RequestKind, more: Partial<ReadRequest> = {}): ReadRequest => ({
    kind,
    userId,
    deviceId,
    syncToken: fields["syncToken"] as string | undefined,
    hashes,
    ...more,
  });
  if (one !== "contacts") return read("other");
  if (two === "") return method === "DELETE" ? read("delete all") : read("list");
  if (two === "changes") return read("changes");
  if (two === "devices") {
    return method === "DELETE" ? read("forget device", { deviceId: three }) : read("other");
  }
  if (two === "delete") return read("delete");
  if (two !== "sync") {
    return method === "DELETE" ? read("delete", { hashes: [two] }) : read("other");
  }
  if (three === "delta") {
    const removed = fields["removed"] as string[];
    return read(hashes.length + removed.length === 0 ? "nothing" : "delta");
  }
  if (three === "sessions") return read(four === "" ? "begin" : isPart(pathname));
  if (deviceId === undefined) return read("merge");
  // What fits of a book that the budget has no room for.
  return read(fields["mode"] === "merge" ? "fill up" : "full");
}

function subjectOf(authorization: string): string {
  const [, payload = ""] = authorization.split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()).sub;
}

function isPart(pathname: string): RequestKind {
  return pathname.endsWith("/commit") ? "commit" : "part";
}
