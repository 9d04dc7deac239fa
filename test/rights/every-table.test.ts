import { expect, test } from "vitest";
import type { UserExport } from "../../src/index.ts";
import { describePostgres } from "../support/postgres.ts";
import { newPhones, newUser } from "../support/sql.ts";
import { tracesOf } from "../support/traces.ts";
import { hashOf, refusal, useContactSync } from "../support/use-contact-sync.ts";
import { exportOf } from "./export-of.ts";

/**
 * A row of each table that can name somebody, for each column that does: $1 is the user, $2 somebody
 * else, $3 a phone key. A table or a column that is new has to be entered here; then this file says
 * whether the export tells of it and whether the erasure empties it.
 */
const PLANTS: Record<string, string> = {
  "contact_sync_answers.owner_id": `insert into contact_sync_answers (owner_id, route, key_digest, fingerprint, claim_id, claimed_until)
     values ($1, 'r', 'k', 'f', gen_random_uuid(), now())`,
  "contact_sync_blocks.user_id":
    "insert into contact_sync_blocks (user_id, blocked_user_id) values ($1, gen_random_uuid())",
  "contact_sync_blocks.blocked_user_id":
    "insert into contact_sync_blocks (user_id, blocked_user_id) values ($2, $1)",
  "contact_sync_consent.user_id":
    "insert into contact_sync_consent (user_id, discoverable) values ($1, 'nobody')",
  "contact_sync_devices.owner_id":
    "insert into contact_sync_devices (owner_id, device_id, slot, sync_mark) values ($1, 'phone', 1, gen_random_uuid())",
  "contact_sync_erasures.user_digest":
    "insert into contact_sync_erasures (user_digest, erased_at) values (sha256(uuid_send($1)), now())",
  "contact_sync_kept_choices.owner_id":
    "insert into contact_sync_kept_choices (owner_id, phone_key, removed_at, is_favorite) values ($1, $3, now(), true)",
  "contact_sync_outbox.user_id": `insert into contact_sync_outbox (is_link, user_id, phone_key, is_silent, owner_ids, changed_at, due_at)
     values (true, $1, $3, false, array[$2::uuid], now(), now())`,
  "contact_sync_outbox.owner_ids": `insert into contact_sync_outbox (is_link, user_id, phone_key, is_silent, owner_ids, changed_at, due_at)
     values (true, $2, $3, false, array[$1::uuid, $2::uuid], now(), now())`,
  "contact_sync_renewed_links.owner_id":
    "insert into contact_sync_renewed_links values (sha256(uuid_send($2)), $1, $3, now())",
  "contact_sync_renewed_links.user_digest":
    "insert into contact_sync_renewed_links values (sha256(uuid_send($1)), $2, $3, now())",
  "contact_sync_runs.owner_id": `insert into contact_sync_runs (owner_id, started_at, sync_status, sync_mode, device_contacts_count, processing_time_ms)
     values ($1, now(), 'completed', 'merge', 1, 1)`,
  "contact_sync_session_parts.owner_id":
    "insert into contact_sync_session_parts values ($1, gen_random_uuid(), 0, array[$3::uuid], 1)",
  "contact_sync_sessions.owner_id":
    "insert into contact_sync_sessions (owner_id, session_id, device_id, sync_mode, device_contacts_count) values ($1, gen_random_uuid(), 'phone', 'merge', 1)",
  "contact_sync_staged_keys.owner_id":
    "insert into contact_sync_staged_keys values ($1, gen_random_uuid(), $3, true)",
  "contact_sync_settings.retention_at_owner_id":
    "update contact_sync_settings set retention_at_owner_id = $1",
  "contact_sync_status.owner_id":
    "insert into contact_sync_status (owner_id, new_numbers_spent) values ($1, 5) on conflict (owner_id) do update set new_numbers_spent = 5",
  "contact_sync_streams.owner_id":
    "insert into contact_sync_streams values ($1, gen_random_uuid(), now())",
  "contact_sync_users.user_id":
    "insert into contact_sync_users (user_id, id_text) values ($1, gen_random_uuid()::text)",
  "contacts_with_accounts.owner_id":
    "insert into contacts_with_accounts (owner_id, phone_key) values ($1, $3)",
  "contacts_with_accounts.linked_user_id":
    "insert into contacts_with_accounts (owner_id, phone_key, linked_user_id, link_given) values ($2, $3, $1, true)",
  "phones.linked_user_id":
    "insert into phones (phone_key, linked_user_id, verified_at) values ($3, $1, now())",
};

/**
 * Where a walk along all owners has stopped for the moment, which says nothing about this one;
 * that others have blocked them, which is not to be told to whom it happens; what the app calls
 * them, which stands in front of each export; and in whose books they are, with what follows from it.
 */
const UNTOLD = [
  "contact_sync_users.user_id",
  "contact_sync_settings.retention_at_owner_id",
  "contact_sync_blocks.blocked_user_id",
  "contacts_with_accounts.linked_user_id",
  "contact_sync_outbox.user_id",
  "contact_sync_renewed_links.owner_id",
  "contact_sync_renewed_links.user_digest",
];

/** What the linker has for the moment, and nobody else: whom it is to look at again. */
const PASSING = [
  "contact_sync_erasures.late_owner_ids",
  "contact_sync_pending_links.late_owner_ids",
  "contact_sync_pending_links.owner_id",
  "contact_sync_pending_links.owner_ids",
];

describePostgres("a table that names somebody", (server) => {
  const { contactSync, database } = useContactSync(server);
  const query = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  const plant = (name: string, values: [string, string, string]) => {
    const text = PLANTS[name] as string;
    const used = values.filter((_, place) => text.includes(`$${place + 1}`));
    const numbered = [1, 2, 3].filter((place) => text.includes(`$${place}`));
    return query(
      numbered.reduce((sql, place, at) => sql.replaceAll(`$${place}`, `$${at + 1}`), text),
      used,
    );
  };
  /** Without what differs from one moment to the next. */
  const held = async (user: string): Promise<Omit<UserExport, "exported_at">> => {
    const { exported_at: _, ...rest } = await exportOf(contactSync(), user);
    return rest;
  };

  test("is entered here, with each column that does", async () => {
    const found = await query(
      `select c.relname || '.' || a.attname as name
         from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and a.attnum > 0 and not a.attisdropped
          and a.attname ~ '(owner|user)(_ids?|_digest)$'`,
    );
    expect(found.map(({ name }) => name).sort()).toEqual(
      [...Object.keys(PLANTS), ...PASSING].sort(),
    );
  });

  const told = Object.keys(PLANTS).filter((name) => !UNTOLD.includes(name));
  test.each(told)("%s is told of by the export", async (name) => {
    const [user, other] = [newUser(), newUser()];
    const [key = ""] = newPhones(1);
    const before = await held(user);
    await plant(name, [user, other, key]);
    const after = await held(user);
    expect(after).not.toEqual(before);
    // Of others nothing but how many.
    expect(JSON.stringify(after)).not.toContain(other);
    await contactSync().eraseUser(user);
  });

  test.each(
    Object.keys(PLANTS).filter((name) => !name.startsWith("contact_sync_erasures.")),
  )("%s is emptied by the erasure", async (name) => {
    const [user, other] = [newUser(), newUser()];
    const [key = ""] = newPhones(1);
    await plant(name, [user, other, key]);
    await contactSync().eraseUser(user);
    await contactSync().linkPendingPhones();
    const names = "select from %s t where t::text like any ($1)";
    const digest = await query("select encode(sha256(uuid_send($1)), 'hex') as hex", [user]);
    // The digest stays for a day in the table that is there for it.
    const table = name.split(".")[0] as string;
    const left = await query(names.replace("%s", table), [[`%${user}%`, `%${digest[0].hex}%`]]);
    expect(left).toEqual([]);
  });

  test("holds nothing of somebody with a row in each of them, once they are erased", async () => {
    const user = newUser();
    // Of a table that has become empty PostgreSQL keeps the samples that it had: so others stay.
    for (const one of [newUser(), newUser(), user]) {
      for (const name of Object.keys(PLANTS)) {
        await plant(name, [one, newUser(), newPhones(1)[0] as string]);
      }
    }
    const before = await tracesOf(database(), server.major, [user]);
    expect(before).toContain("public.contact_sync_outbox");
    await contactSync().eraseUser(user);
    await contactSync().linkPendingPhones();
    expect(await tracesOf(database(), server.major, [user])).toEqual([]);
  });

  test("gets no row by what takes away or undoes, as when the phone of an erased user signs out", async () => {
    const user = newUser();
    await contactSync().deleteContacts(user, [hashOf(1)]);
    await contactSync().deleteAllContacts(user);
    await refusal(contactSync().forgetDevice(user, "phone"), "DEVICE_NOT_FOUND");
    await contactSync().unblockUser(user, newUser());
    await contactSync().setDiscoverability(user, null);
    expect(await tracesOf(database(), server.major, [user])).toEqual([]);

    // Whoever is there keeps theirs, also with nothing in it.
    await contactSync().syncContacts(user, [], 0);
    await contactSync().deleteAllContacts(user);
    await refusal(contactSync().forgetDevice(user, "phone"), "DEVICE_NOT_FOUND");
    await contactSync().unblockUser(user, newUser());
    await contactSync().setDiscoverability(user, null);
    expect(await contactSync().getSyncStatus(user)).toMatchObject({ sync_status: "completed" });
  });
});
