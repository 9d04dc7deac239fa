/**
 * For a sealed database: an Edge Function (or a route of your back end) behind a Database Webhook on
 * `auth.users` for insert, update and delete. It tells the contact-sync service who has verified
 * which number, who has given it up, and who is gone.
 *
 * Webhooks come in any order, and twice, so the webhook only says whom and which numbers to look at;
 * what holds is what Supabase Auth says of the user now. A webhook that fails does not come again:
 * `1-erase-deleted-users.sql` makes sure of deletions, and a nightly `contact-sync link` of the rest.
 *
 * @typedef {{ id: string, phone?: string | null, phone_confirmed_at?: string | null }} AuthUser
 * @typedef {object} Change what a Database Webhook sends
 * @property {"INSERT" | "UPDATE" | "DELETE"} type
 * @property {AuthUser | null} record
 * @property {AuthUser | null} old_record
 * @typedef {object} Services
 * @property {string} supabaseUrl
 * @property {string} serviceRoleKey of Supabase
 * @property {string} contactSyncUrl
 * @property {string} contactSyncToken a service token
 * @property {typeof fetch} [fetch]
 */

/**
 * @param {Change} change
 * @param {Services} services
 */
export async function settleChange({ type, record, old_record }, services) {
  const id = (record ?? old_record)?.id;
  if (id === undefined) throw new Error("the webhook names no user");
  const user = await readUser(id, services);
  if (user === null) return await callContactSync("DELETE", `/users/${id}`, undefined, services);

  const numbers = new Set([old_record?.phone, newlyVerified({ type, record, old_record })]);
  for (const phone of numbers) {
    if (!phone) continue;
    // auth.users.phone has no +.
    const phoneNumber = `+${phone}`;
    if (user.phone === phone && user.phone_confirmed_at) {
      const verifiedAt = user.phone_confirmed_at;
      await callContactSync("PUT", `/users/${id}/phones`, { phoneNumber, verifiedAt }, services);
    } else {
      await callContactSync("DELETE", `/users/${id}/phones`, { phoneNumber }, services);
    }
  }
}

/**
 * A number that an administrator enters beside the confirmation of the one before is not verified.
 *
 * @param {Change} change
 */
function newlyVerified({ type, record, old_record }) {
  const isNew = type === "INSERT" || record?.phone_confirmed_at !== old_record?.phone_confirmed_at;
  return isNew ? record?.phone : undefined;
}

/**
 * @param {string} id
 * @param {Services} services
 * @returns {Promise<AuthUser & { deleted_at?: string | null } | null>} null for one who is gone
 */
async function readUser(id, { supabaseUrl, serviceRoleKey, fetch = globalThis.fetch }) {
  const response = await fetch(`${supabaseUrl}/auth/v1/admin/users/${id}`, {
    headers: { apikey: serviceRoleKey, authorization: `Bearer ${serviceRoleKey}` },
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`Supabase Auth answered ${response.status}`);
  const user = /** @type {any} */ (await response.json());
  return user.deleted_at ? null : user;
}

/**
 * @param {"PUT" | "DELETE"} method
 * @param {string} path
 * @param {object | undefined} body
 * @param {Services} services
 */
async function callContactSync(method, path, body, services) {
  const { contactSyncUrl, contactSyncToken, fetch = globalThis.fetch } = services;
  const response = await fetch(`${contactSyncUrl}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${contactSyncToken}`,
      ...(body ? { "content-type": "application/json" } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  // 409: somebody else has verified the number since, and it is theirs.
  if (!response.ok && response.status !== 409) {
    throw new Error(`contact-sync answered ${response.status}`);
  }
}

// In an Edge Function. The webhook sends the secret as its header Authorization.
const { Deno } = /** @type {any} */ (globalThis);
Deno?.serve(async (/** @type {Request} */ request) => {
  const env = (/** @type {string} */ name) => Deno.env.get(name) ?? "";
  if (
    env("WEBHOOK_SECRET") === "" ||
    request.headers.get("authorization") !== `Bearer ${env("WEBHOOK_SECRET")}`
  ) {
    return new Response("not for you", { status: 401 });
  }
  try {
    await settleChange(/** @type {any} */ (await request.json()), {
      supabaseUrl: env("SUPABASE_URL"),
      serviceRoleKey: env("SUPABASE_SERVICE_ROLE_KEY"),
      contactSyncUrl: env("CONTACT_SYNC_URL"),
      contactSyncToken: env("CONTACT_SYNC_TOKEN"),
    });
    return new Response("settled");
  } catch (error) {
    console.error(error); // names no number
    return new Response("failed", { status: 500 });
  }
});
