import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import type { Users } from "../../engine/users.ts";
import type { Caller } from "../../security/verify-token.ts";

/** Whom an app's own session, cookie or token names. */
export type Session =
  | {
      /** The app's id of the user. */
      readonly userId: string;
      /** When the account was made, for the budget of new ones. */
      readonly accountCreatedAt?: Date | undefined;
    }
  /** The app's back end: it may what a service token may. */
  | { readonly role: "service_role" };

/** Says who sent a request; null: nobody that the app knows. */
export type Authenticate<Incoming> = (
  request: Incoming,
) => Session | null | undefined | Promise<Session | null | undefined>;

/** Of what an app's `authenticate` throws, by its `status`: what libraries of sessions throw. */
const REFUSALS: Record<number, () => ContactSyncError> = {
  401: () => new ContactSyncError("UNAUTHENTICATED", "the app knows nobody by this request"),
  403: () => new ContactSyncError("NOT_ALLOWED", "the app does not allow it"),
};

/**
 * Asks the app who sent a request.
 *
 * @param users what an id of a user is here
 * @returns undefined for nobody
 * @throws ContactSyncError of the app's, `UNAUTHENTICATED` and `NOT_ALLOWED` for its 401 and 403,
 *   `INVALID_CONFIGURATION` where its answer is none, else `INTERNAL`
 */
export async function callerBySession(
  authenticate: () => unknown,
  users: Users,
): Promise<Caller | undefined> {
  let session: unknown;
  try {
    session = await authenticate();
  } catch (fault) {
    if (isContactSyncError(fault)) throw fault;
    const { status, statusCode = status } = (fault ?? {}) as {
      status?: number;
      statusCode?: number;
    };
    // Of whatever else it may be nothing is told; the log says where it was thrown.
    const refusal = REFUSALS[Number(statusCode)];
    throw refusal?.() ?? new ContactSyncError("INTERNAL", "an unexpected fault", { cause: fault });
  }
  return session === null || session === undefined ? undefined : callerOf(session, users);
}

function callerOf(session: unknown, users: Users): Caller {
  const { userId, role, accountCreatedAt } = session as Record<string, unknown>;
  if (role === "service_role" && userId === undefined) return { role };
  // An app's own session may have a role as well, which must not be taken for ours.
  if (role !== undefined && role !== "authenticated") throw noSession("a user with a role");
  if (userId === undefined) throw noSession("something else");
  const user = users.read(userId);
  if (user === undefined) throw noSession(`a userId that is not ${users.form}`);
  const caller = { role: "authenticated", userId: user.id } as const;
  if (accountCreatedAt === undefined || accountCreatedAt === null) return caller;
  if (!(accountCreatedAt instanceof Date) || Number.isNaN(accountCreatedAt.getTime())) {
    throw noSession("an accountCreatedAt that is no Date");
  }
  return { ...caller, accountCreatedAt };
}

function noSession(what: string): ContactSyncError {
  return new ContactSyncError(
    "INVALID_CONFIGURATION",
    `the app's authenticate() must give { userId }, { role: "service_role" } or null, and gave ${what}`,
  );
}
