import type { ErrorCode } from "@contact-sync/client";

/** What is fixed about a trouble around the database, whoever meets it. */
interface DatabaseTrouble {
  readonly code: Extract<
    ErrorCode,
    "DATABASE_UNAVAILABLE" | "DATABASE_READ_ONLY" | "DATABASE_FULL"
  >;
  /** When trying again makes sense: what mends itself soon is told from what a person must mend. */
  readonly retryAfterSeconds: number;
  readonly what: string;
  /** For the one who runs it. */
  readonly cure: string;
}

/**
 * Every trouble around the database, once: `details.reason` of an error, in HTTP, library, command
 * line, log and docs alike. None of it is a fault of the service, so none of it is INTERNAL.
 */
export const DATABASE_TROUBLES = {
  UNREACHABLE: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 2,
    what: "nothing answers at the database's address",
    cure: "Check that the server is running, and the host and port of DATABASE_URL.",
  },
  UNKNOWN_HOST: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 10,
    what: "the database's host name has no address",
    cure: "Check the host of DATABASE_URL and the name server.",
  },
  CONNECTION_LOST: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 2,
    what: "the connection to the database was lost",
    cure: "Try again: a new one is made. If it stays, look into the server's log and at what is between.",
  },
  NODE_AWAY: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 5,
    what: "a node of the database's cluster does not answer; calls for users whose rows are on others succeed",
    cure: "Start the node, or let its standby take its place (citus_update_node): contact-sync doctor says which it is. Repeat the calls that failed; links that waited for it are made when it is back.",
  },
  CLOSED: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 2,
    what: "the connections were closed before the call: by close(), or with the pool or client that was passed in",
    cure: "Close when the last call has ended. To go on, open it anew (createContactSync).",
  },
  BUSY: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 2,
    what: "no connection to the database became free in time",
    cure: "See what holds the connections (pg_stat_activity), or allow more (CONTACT_SYNC_POOL_SIZE).",
  },
  NO_ANSWER: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 5,
    what: "the database does not answer in time",
    cure: "See what keeps it or its connections busy (pg_stat_activity), and whether the network drops packets.",
  },
  STARTING: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 2,
    what: "the database is starting, stopping or recovering from a crash",
    cure: "Wait: it takes connections by itself when it is done.",
  },
  TOO_MANY_CONNECTIONS: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 5,
    what: "the database or its pooler takes no further connection",
    cure: "Allow more (max_connections, the pooler's limits), or lower CONTACT_SYNC_POOL_SIZE and the number of processes.",
  },
  OUT_OF_MEMORY: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 10,
    what: "the database has run out of memory or of another resource",
    cure: "Give the server more, or lower what its settings let each connection take.",
  },
  WRONG_CREDENTIALS: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 30,
    what: "the database refuses the user or the password",
    cure: "Check both in DATABASE_URL (was the password changed?), and pg_hba.conf.",
  },
  NO_SUCH_DATABASE: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 30,
    what: "the server has no such database, or it was dropped",
    cure: "Check the database's name in DATABASE_URL.",
  },
  UNKNOWN_TENANT: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 30,
    what: "the pooler knows no such project or user",
    cure: "Check the user of DATABASE_URL (Supabase: postgres.PROJECT, the pooler of the project's region) and that the project is not paused.",
  },
  POOLER: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 5,
    what: "the pooler has no connection to the database",
    cure: "Check the server behind the pooler; the pooler's log says more.",
  },
  NAMED_STATEMENTS: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 5,
    what: "a named statement met another session behind a pooler",
    cure: "See what names statements (contact-sync does not), or let the pooler keep them (PgBouncer: max_prepared_statements).",
  },
  TLS: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 30,
    what: "the database and the client do not agree on encryption",
    cure: "Check sslmode and the certificates that DATABASE_URL names.",
  },
  REFUSED: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 5,
    what: "the database or its pooler refused the connection",
    cure: "Its log says why.",
  },
  SERVER_CHANGED: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 30,
    what: "the database server misses files of its own, as when it was upgraded or removed while it ran",
    cure: "Restart the server.",
  },
  SERVER_DAMAGED: {
    code: "DATABASE_UNAVAILABLE",
    retryAfterSeconds: 60,
    what: "the database server cannot read or write its own files",
    cure: "Look into the server's log and at its disk, and have a backup at hand.",
  },
  READ_ONLY: {
    code: "DATABASE_READ_ONLY",
    retryAfterSeconds: 30,
    what: "the database takes no writes: default_transaction_read_only is on, as Supabase sets it for a disk that is nearly full, or a migration does",
    cure: "Make room or end the maintenance, then switch it off; syncs go on by themselves.",
  },
  STANDBY: {
    code: "DATABASE_READ_ONLY",
    retryAfterSeconds: 30,
    what: "the server is a standby, which takes no writes",
    cure: "Let DATABASE_URL lead to the primary (target_session_attrs does not: the driver ignores it).",
  },
  DISK_FULL: {
    code: "DATABASE_FULL",
    retryAfterSeconds: 60,
    what: "the database's disk is full",
    cure: "Make room on the server's disk or give it a larger one; nothing of the call was written.",
  },
} as const satisfies Record<string, DatabaseTrouble>;

export type TroubleReason = keyof typeof DATABASE_TROUBLES;

/** What is read of an error that the driver or Node threw. */
export interface DatabaseFault {
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly detail?: string;
  readonly where?: string;
  readonly routine?: string;
  readonly severity?: string;
  readonly syscall?: string;
}

// Poolers refuse in words, under SQLSTATEs that mean other things elsewhere. PgBouncer: FATAL 08P01,
// or the server's own (src/client.c, src/objects.c, src/janitor.c; send_pooler_error() in
// src/proto.c). Supavisor: FATAL XX000, since 2.x with a code of its own in parentheses
// (lib/supavisor/errors/*.ex, lib/supavisor/error.ex), before that the bare sentence (docs/faq.md).
const POOLER_STATES = /^(XX000|08P01|08006)$/;
const POOLER_SENTENCES: readonly (readonly [sentence: RegExp, reason: TroubleReason])[] = [
  // A pooler's report of what the server said to it is that.
  [/password authentication failed|SASL authentication failed|no such user/i, "WRONG_CREDENTIALS"],
  [/\(EWRONGPASSWORD\)|\(EJITUNAUTHORIZED\)|user not found in the database/i, "WRONG_CREDENTIALS"],
  [/no such database|database ".*" (does not exist|is disabled)/i, "NO_SUCH_DATABASE"],
  [
    /Tenant or user not found|\((ENOTFOUND|ENOIDENTIFIER|EINVALIDUSERINFO|EMULTIPLEUSERS|EBANNED)\)/,
    "UNKNOWN_TENANT",
  ],
  [/no tenant identifier|Invalid format for user or db_name/i, "UNKNOWN_TENANT"],
  [
    /max client(s| connections) reached|\(E?MAX(CONN|CONNSESSION|POOLSREACHED)\)/i,
    "TOO_MANY_CONNECTIONS",
  ],
  [/no more connections allowed|client connections exceeded/i, "TOO_MANY_CONNECTIONS"],
  [
    /query_wait_timeout|unable to check out (a )?connection|\(ECHECKOUT\w+\)/i,
    "TOO_MANY_CONNECTIONS",
  ],
  [/SSL required|SSL connection is required|\(ESSL\w+\)|SSL handshake failed/i, "TLS"],
  [/prepared statement .*(does|did) not exist/i, "NAMED_STATEMENTS"],
  [/server login has been failing|client_login_timeout|server_login_retry/i, "POOLER"],
  [/pause failed|shutting down|server conn crashed|suspend_timeout|admin forced/i, "POOLER"],
  [/bouncer (config error|resources exhaustion)|connection to database closed/i, "POOLER"],
  [/\(E(AUTH|CIRCUIT|DBHANDLER|POOL|PROXY|SUBSCRIBE|WORKER)\w*\)/, "POOLER"],
];

// The coordinator says so of a worker that is lost, in the middle of a statement in libpq's words and
// with whatever SQLSTATE (connection/remote_commands.c, commands/multi_copy.c).
const NODE_STATES = /^(XX000|08...|58030)$/;
const NODE =
  /^(connection to the remote node |failure on connection marked as essential|the node of group \d+ does not answer|failed to COPY to shard |SSL SYSCALL error|server closed the connection unexpectedly)/;

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const BY_SQLSTATE: readonly (readonly [states: RegExp, reason: TroubleReason])[] = [
  [/^25006$/, "READ_ONLY"],
  [/^53100$/, "DISK_FULL"],
  [/^53300$/, "TOO_MANY_CONNECTIONS"],
  [/^53...$/, "OUT_OF_MEMORY"],
  [/^28...$/, "WRONG_CREDENTIALS"],
  [/^(3D000|57P04)$/, "NO_SUCH_DATABASE"],
  [/^57P03$/, "STARTING"],
  // Shut down, crash of another process, idle for too long, in a transaction or out of one.
  [/^(57P0.|25P03)$/, "CONNECTION_LOST"],
  [/^(26000|42P05)$/, "NAMED_STATEMENTS"],
  [/^(58P01|58P02|58000)$/, "SERVER_CHANGED"],
  [/^(58030|XX001|XX002|F000.)$/, "SERVER_DAMAGED"],
  // A protocol violation is our own fault unless it ends the connection.
  [/^08(?!P01)...$/, "CONNECTION_LOST"],
];

// dfmgr.c reports a library that it cannot load with the SQLSTATE of the file's fault, whichever
// that is, and one of another version with none.
const LIBRARY =
  /^(could not (load|access|find|read|open) (library|file|function) "|incompatible library ")/;

// Of Node, by its code; OpenSSL's and X.509's codes are many.
const UNKNOWN_HOST = /^(ENOTFOUND|EAI_\w+)$/;
const UNREACHABLE =
  /^(EACCES|EADDRNOTAVAIL|ECONNABORTED|ECONNREFUSED|EHOSTDOWN|EHOSTUNREACH|EMFILE|ENETDOWN|ENETUNREACH|ENFILE|ENOENT|EPERM|ETIMEDOUT)$/;
const LOST = /^(ECONNRESET|EPIPE|ENOTCONN)$/;
const TLS =
  /^(ERR_(SSL|TLS|OSSL)_\w+|EPROTO|CERT_\w+|CRL_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)$/;

// What the driver says and gives no code to.
const OF_DRIVER: readonly (readonly [sentence: RegExp, reason: TroubleReason])[] = [
  [/^SASL: /, "WRONG_CREDENTIALS"],
  [/does not support SSL|establishing an SSL connection|requires SSL/i, "TLS"],
  [/^timeout exceeded when trying to connect$/, "BUSY"],
  [/due to connection timeout|^timeout expired$/i, "UNREACHABLE"],
  // Of the pool, of a client, and of PGlite.
  [/cannot use a pool after calling end|client was closed|pglite is clos(ed|ing)/i, "CLOSED"],
  [/connection terminated|connection error|server closed|is not queryable/i, "CONNECTION_LOST"],
];

/** Which trouble around the database a fault is; undefined: none of those. */
export function troubleOf(fault: DatabaseFault): TroubleReason | undefined {
  const { code = "", message } = fault;
  if (!isSqlState(code)) return ofNode(fault);
  if (POOLER_STATES.test(code)) {
    const said = find(POOLER_SENTENCES, message);
    if (said !== undefined) return said;
  }
  if (isOfNode(fault)) return "NODE_AWAY";
  if (LIBRARY.test(message)) return code === "53100" ? "DISK_FULL" : "SERVER_CHANGED";
  if (code === "25006" && /during recovery/.test(message)) return "STANDBY";
  if (code === "28000" && /no encryption|SSL (off|on)/.test(message)) return "TLS";
  // The server or a pooler that ends a connection says so of whatever it likes.
  return find(BY_SQLSTATE, code) ?? (isFatal(fault) ? "REFUSED" : undefined);
}

/**
 * Whether it is a connection between nodes of a Citus cluster (remote_commands.c,
 * connection_management.c, adaptive_executor.c, contact_sync_ask_nodes()), or what a node said that
 * the coordinator passes on.
 */
function isOfNode(fault: DatabaseFault): boolean {
  const { code = "", message, where = "", severity } = fault;
  if (!isFatal(fault) && NODE_STATES.test(code) && NODE.test(message)) return true;
  return (
    severity === "ERROR" &&
    find(BY_SQLSTATE, code) === "CONNECTION_LOST" &&
    (/\b(?:the|for|remote) node\b/.test(message) || /\bwhile executing command on /.test(where))
  );
}

function ofNode({ code = "", message, syscall }: DatabaseFault): TroubleReason | undefined {
  if (UNKNOWN_HOST.test(code)) return "UNKNOWN_HOST";
  if (LOST.test(code)) return "CONNECTION_LOST";
  if (syscall === "connect" || (UNREACHABLE.test(code) && syscall !== "open")) return "UNREACHABLE";
  // A certificate's file that DATABASE_URL names.
  return TLS.test(code) || syscall === "open" ? "TLS" : find(OF_DRIVER, message);
}

function find(
  table: readonly (readonly [pattern: RegExp, reason: TroubleReason])[],
  text: string,
): TroubleReason | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1];
}

function isFatal({ severity }: DatabaseFault): boolean {
  return severity === "FATAL" || severity === "PANIC";
}

/** No class begins with E, and Node's codes of five letters all do. */
export function isSqlState(code: string): boolean {
  return /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code);
}
