import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describePostgres, type PostgresUnderTest } from "../support/postgres.ts";
import { useSql } from "../support/sql.ts";
import { AUTH_ADMIN, createAuthUsers } from "../support/supabase-auth.ts";

const [ERASE, LINK] = (await Promise.all(
  ["1-erase-deleted-users", "2-link-verified-users"].map((name) =>
    readFile(new URL(`../../examples/supabase/${name}.sql`, import.meta.url), "utf8"),
  ),
)) as [string, string];

let next = 0;
const newPhone = () => {
  next += 1;
  return `2010${String(next).padStart(8, "0")}`;
};

const ONE_SERVER = { notOnCitus: "Supabase's database is one server" };

describePostgres("Supabase Auth, in an unsealed database", unsealed, ONE_SERVER);
describePostgres("Supabase Auth, in a sealed database", sealed, ONE_SERVER);

function unsealed(server: PostgresUnderTest): void {
  const { database, rows, value } = useSql(server);
  const before = Array.from({ length: 3 }, () => ({ id: randomUUID(), phone: newPhone() }));

  /** As the auth server: not the owner of anything of ours, and nothing granted. */
  async function auth(text: string, ...values: unknown[]) {
    const client = new pg.Client({ connectionString: database().superuserConnectionString });
    await client.connect();
    try {
      await client.query(`set role ${AUTH_ADMIN}`);
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  }
  const signUp = async (phone: string | null, confirmedAt: string | null = null) =>
    (
      await auth(
        "insert into auth.users (phone, phone_confirmed_at) values ($1, $2) returning id",
        phone,
        confirmedAt,
      )
    ).rows[0].id as string;
  const confirm = (id: string) =>
    auth("update auth.users set phone_confirmed_at = now() where id = $1", id);
  const linkedTo = (phone: string) =>
    rows(
      "select linked_user_id as id from phones where phone_key = private.phone_key_of($1)",
      phone,
    ).then(([entry]) => entry?.id ?? null);
  const settle = () => value("select private.settle_auth_changes()");
  const noted = () => value("select count(*)::integer from private.auth_changes");

  beforeAll(async () => {
    await createAuthUsers(database());
    for (const { id, phone } of before) {
      await auth(
        "insert into auth.users (id, phone, phone_confirmed_at) values ($1, $2, '2024-05-01')",
        id,
        phone,
      );
    }
    await auth("insert into auth.users (phone) values ($1), (null)", newPhone());
    await database().pool.query(ERASE);
    await database().pool.query(LINK);
  });
  beforeEach(async () => {
    expect(await settle()).toBe("0");
  });

  test("those who were there before are linked, the unconfirmed are not", async () => {
    for (const { id, phone } of before) expect(await linkedTo(phone)).toBe(id);
    expect(await value("select count(*)::integer from phones")).toBe(before.length);
  });

  test("who confirms a number is linked, and found by those who have it", async () => {
    const [owner, phone] = [randomUUID(), newPhone()];
    await rows(
      "select sync_user_contacts($1, array[encode(sha256($2), 'hex')], 1)",
      owner,
      Buffer.from(`+${phone}`),
    );
    const user = await signUp(phone);
    expect(await linkedTo(phone)).toBeNull();
    await confirm(user);
    expect(await linkedTo(phone)).toBe(user);
    await rows("select link_pending_phones()");
    expect(
      await value("select linked_user_id from list_contacts($1, p_linked_only := true)", owner),
    ).toBe(user);
  });

  test("a number that changes takes the link along, once it is confirmed", async () => {
    const [old, changed] = [newPhone(), newPhone()];
    const user = await signUp(old, "2024-05-01");
    await auth("update auth.users set phone_change = $2 where id = $1", user, changed);
    expect([await linkedTo(old), await linkedTo(changed)]).toEqual([user, null]);
    await auth(
      "update auth.users set phone = $2, phone_change = '', phone_confirmed_at = now() where id = $1",
      user,
      changed,
    );
    expect([await linkedTo(old), await linkedTo(changed)]).toEqual([null, user]);
  });

  test("one that an administrator enters beside an old confirmation is not linked", async () => {
    const [old, entered] = [newPhone(), newPhone()];
    const user = await signUp(old, "2024-05-01");
    await auth("update auth.users set phone = $2 where id = $1", user, entered);
    expect([await linkedTo(old), await linkedTo(entered)]).toEqual([null, null]);
  });

  test.each([
    ["phone = null", "phone"],
    ["phone = ''", "an empty phone"],
    ["phone_confirmed_at = null", "the confirmation"],
  ])("who gives it up is unlinked: %s", async (assignment) => {
    const phone = newPhone();
    const user = await signUp(phone, "2024-05-01");
    await auth(`update auth.users set ${assignment} where id = $1`, user);
    expect(await linkedTo(phone)).toBeNull();
    await auth("delete from auth.users where id = $1", user);
  });

  test("a number that somebody else verified later stays theirs", async () => {
    const phone = newPhone();
    const [first, second] = [await signUp(null), await signUp(null)];
    await rows("select link_phone(private.phone_key_of($1), $2, '2025-01-01')", phone, second);
    await auth(
      "update auth.users set phone = $2, phone_confirmed_at = '2024-01-01' where id = $1",
      first,
      phone,
    );
    expect(await linkedTo(phone)).toBe(second);
    expect(await noted()).toBe(0);
  });

  describe("deletion", () => {
    test.each([
      "delete from auth.users where id = $1",
      "update auth.users set deleted_at = now(), phone = null where id = $1",
    ])("is told at once, and erases the book: %s", async (deletion) => {
      const phone = newPhone();
      const user = await signUp(phone, "2024-05-01");
      await rows("select sync_user_contacts($1, $2, 1)", user, ["a".repeat(32)]);
      await auth(deletion, user);
      expect(await linkedTo(phone)).toBeNull();
      await settle();
      expect(await value("select contacts_count from summarize_contacts($1)", user)).toBe("0");
      expect(await noted()).toBe(0);
    });

    test("waits for nobody, and is not lost while a sync is at work", async () => {
      const user = await signUp(newPhone(), "2024-05-01");
      await rows("select sync_user_contacts($1, $2, 1)", user, ["b".repeat(32)]);
      const device = await database().pool.connect();
      try {
        await device.query("begin");
        await device.query("select sync_user_contacts($1, $2, 1)", [user, ["c".repeat(32)]]);
        await auth("delete from auth.users where id = $1", user);
        expect(await settle()).toBe("1");
      } finally {
        await device.query("commit");
        device.release();
      }
      await rows("update private.auth_changes set changed_at = changed_at - interval '1 hour'");
      expect(await settle()).toBe("0");
      expect(await value("select contacts_count from summarize_contacts($1)", user)).toBe("0");
    });
  });

  test("a failing contact-sync blocks no sign-up, and what it missed is made up for", async () => {
    const [phone, other] = [newPhone(), newPhone()];
    await rows(
      "alter function link_phone(uuid, uuid, timestamptz, boolean, uuid) rename to link_phone_away",
    );
    const user = await signUp(phone, "2024-05-01");
    const gone = await signUp(other, "2024-05-01");
    await auth("delete from auth.users where id = $1", gone);
    expect(await linkedTo(phone)).toBeNull();
    await rows(
      "alter function link_phone_away(uuid, uuid, timestamptz, boolean, uuid) rename to link_phone",
    );
    expect(await settle()).toBe("0");
    expect([await linkedTo(phone), await linkedTo(other)]).toEqual([user, null]);

    await rows("alter table private.auth_changes rename to auth_changes_away");
    await rows(
      "alter function link_phone(uuid, uuid, timestamptz, boolean, uuid) rename to link_phone_away",
    );
    const late = await signUp(newPhone(), "2024-05-01");
    await rows(
      "alter function link_phone_away(uuid, uuid, timestamptz, boolean, uuid) rename to link_phone",
    );
    // But a deletion that can't be noted fails.
    await expect(auth("delete from auth.users where id = $1", late)).rejects.toThrow();
    await rows("alter table private.auth_changes_away rename to auth_changes");
  });

  test("phones may call none of it, and the installation stays healthy", async () => {
    for (const role of ["anon", "authenticated", AUTH_ADMIN]) {
      expect(
        await value(
          `select bool_or(has_function_privilege($1, p.oid, 'execute'))
               or has_schema_privilege($1, 'private', 'usage')
               or has_table_privilege($1, 'private.auth_changes', 'select, insert')
             from pg_proc p where p.pronamespace = 'private'::regnamespace`,
          role,
        ),
      ).toBe(false);
    }
    expect(await rows("select code from check_contact_sync() where severity <> 'note'")).toEqual(
      [],
    );
  });
}

function sealed(server: PostgresUnderTest): void {
  const { database, rows } = useSql(server);

  test("erases by SQL, and refuses to link by it", async () => {
    await createAuthUsers(database());
    await rows("select contact_sync_record_seal('id', 'value')");
    await database().pool.query(ERASE);
    await expect(database().pool.query(LINK)).rejects.toThrow("this database is sealed");
  });
}
