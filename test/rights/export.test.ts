import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { environmentOf, runCli } from "../cli/support/run-cli.ts";
import { openBook } from "../http/book.ts";
import { SERVICE_KEY, useApp } from "../http/support.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../support/sql.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";
import { exportOf } from "./export-of.ts";

describePostgres("exportUser", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("has everything that was done, numbers as phone hashes", async () => {
    const [user, friend, other] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().link(user, numberOf(1), { verifiedAt: "2026-01-02T03:04:05Z" });
    await contactSync().link(friend, numberOf(3));
    await contactSync().syncContacts(user, numbers(5), 7, { mode: "replace", deviceId: "phone" });
    await contactSync().setFavorite(user, hashOf(4), true);
    await contactSync().setFavorite(user, hashOf(2), true);
    await contactSync().syncContacts(user, [0, 1, 3, 4].map(numberOf), 6, {
      mode: "replace",
      deviceId: "phone",
    });
    for (const owner of [friend, other]) await contactSync().syncContacts(owner, numbers(4), 4);
    await contactSync().create({ owner_id: other, phone_hash: hashOf(60), linked_user_id: user });
    const { session_id } = await contactSync().beginSession(user, {
      deviceId: "tablet",
      deviceContactsCount: 2,
    });
    await contactSync().putSessionPart(user, session_id, 0, [hashOf(70), hashOf(71)]);

    const all = await exportOf(contactSync(), user);
    expect(all).toMatchObject({
      user_id: user,
      status: { contacts_count: 4, sync_status: "completed", device_contacts_count: 6 },
      numbers: [{ phone_hash: hashOf(1), is_silent: false }],
      devices: [{ device_id: "phone", slot: 1 }],
      runs: [{ contacts_inserted: 5 }, { contacts_removed: 1 }],
      kept_choices: [{ phone_hash: hashOf(2), is_favorite: true }],
      sessions: [{ session_id, device_id: "tablet" }],
      session_numbers: [hashOf(70), hashOf(71)].map((phone_hash) => ({ session_id, phone_hash })),
      stream_numbers: [],
      blocked_users: [],
      discoverable: null,
    });
    expect(all.status?.["new_numbers_spent"]).toBe(5);
    expect(Date.parse(String(all.numbers[0]?.["verified_at"]))).toBe(
      Date.parse("2026-01-02T03:04:05Z"),
    );
    const contacts = new Map(all.contacts.map((one) => [one["phone_hash"], one]));
    expect([...contacts.keys()].sort()).toEqual([0, 1, 3, 4].map(hashOf).sort());
    expect(contacts.get(hashOf(3))).toMatchObject({ linked_user_id: friend, held_by: 2 });
    expect(contacts.get(hashOf(4))).toMatchObject({ linked_user_id: null, is_favorite: true });
    // Whose books they are is not the user's to know.
    expect(JSON.stringify(all)).not.toContain(other);
  });

  test("shows a link only while every read shows it", async () => {
    const [user, friend] = [randomUUID(), randomUUID()];
    await contactSync().link(friend, numberOf(80));
    await contactSync().syncContacts(user, [numberOf(80)], 1);
    await database().pool.query("delete from phones where linked_user_id = $1", [friend]);
    const { contacts } = await exportOf(contactSync(), user);
    expect(contacts).toMatchObject([{ phone_hash: hashOf(80), linked_user_id: null }]);
  });

  test("does not say whether somebody has stored the user, also not to who blocks them to see", async () => {
    const [user, holder, stranger] = [randomUUID(), randomUUID(), randomUUID()];
    await database().pool.query("select set_webhooks(true)");
    await contactSync().link(user, numberOf(90));
    await contactSync().syncContacts(holder, [numberOf(90)], 1);
    await contactSync().create({ owner_id: holder, phone_hash: hashOf(91), linked_user_id: user });
    const told = async () => {
      const { exported_at, status, blocked_users, ...rest } = await exportOf(contactSync(), user);
      return { ...rest, status: { ...status, updated_at: null } };
    };
    for (const change of ["blockUser", "unblockUser"] as const) {
      await contactSync()[change](user, stranger);
      const before = await told();
      await contactSync()[change](user, holder);
      expect(await told()).toEqual(before);
    }
    const { rows } = await database().pool.query("select is_link from contact_sync_outbox");
    expect(rows).toContainEqual({ is_link: false });
    await database().pool.query("select set_webhooks(false)");
  });

  test("of somebody unknown is whole, and empty", async () => {
    const user = randomUUID();
    expect(await exportOf(contactSync(), user)).toEqual({
      user_id: user,
      exported_at: expect.any(String),
      status: null,
      sessions: [],
      streams: [],
      kept_answers: 0,
      messages_to_tell: 0,
      erased_at: null,
      numbers: [],
      devices: [],
      runs: [],
      kept_choices: [],
      session_numbers: [],
      stream_numbers: [],
      blocked_users: [],
      discoverable: null,
      contacts: [],
    });
  });

  test("comes page by page, and has once what is there while others come and go", async () => {
    const user = randomUUID();
    const book = numbers(6_500, 100_000);
    const rest = { budget: false, mode: "replace", confirmRemoval: true } as const;
    await contactSync().syncContacts(user, book, 6_500, { budget: false });
    const pieces = (await contactSync().exportUser(user))[Symbol.asyncIterator]();
    let text = (await pieces.next()).value as string;
    const kept = book.slice(0, 5_000);
    const late = numbers(1_000, 300_000);
    await contactSync().syncContacts(user, [...kept, ...late], 6_000, rest);
    let count = 1;
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) break;
      text += value;
      count += 1;
    }
    expect(count).toBe(4);
    const found = JSON.parse(text).contacts.map((one: { phone_hash: string }) => one.phone_hash);
    expect(new Set(found).size).toBe(found.length);
    const all = new Set(found);
    for (let n = 0; n < kept.length; n += 1) expect(all.has(hashOf(100_000 + n))).toBe(true);
    expect(found.length).toBeLessThanOrEqual(7_500);
  });

  test("stops between two pages when it is told to, and refuses what is no user", async () => {
    const user = randomUUID();
    await contactSync().syncContacts(user, numbers(2_500, 400_000), 2_500);
    const stop = new AbortController();
    const pieces = await contactSync().exportUser(user, { signal: stop.signal });
    const read = async () => {
      for await (const _ of pieces) stop.abort();
    };
    await refusal(read(), "ABORTED");
    await refusal(contactSync().exportUser("me"), "INVALID_ARGUMENT");
  });

  test("of an unsealed database has the hashes that it stores", async () => {
    const unsealed = await openContactSync(await server.createDatabase(), { key: null });
    const user = randomUUID();
    await unsealed.syncContacts(user, numbers(2), 2);
    const { contacts } = await exportOf(unsealed, user);
    expect(contacts.map((one) => one["phone_hash"]).sort()).toEqual([hashOf(0), hashOf(1)].sort());
  });

  test("takes no more memory for a book that is twenty times as large", async () => {
    const peak = async (count: number) => {
      const user = randomUUID();
      // Rows as a sync writes them, without the time that hashing takes.
      await database().pool.query(
        "insert into contacts_with_accounts (owner_id, phone_key) select $1, gen_random_uuid() from generate_series(1, $2::integer)",
        [user, count],
      );
      await database().pool.query(
        "insert into contact_sync_status (owner_id, contacts_count) values ($1, $2)",
        [user, count],
      );
      const script = fileURLToPath(new URL("read-export.js", import.meta.url));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--expose-gc", script, database().connectionString, TEST_KEY, user],
        { maxBuffer: 1e6 },
      );
      return JSON.parse(stdout) as { contacts: number; bytes: number; heap: number };
    };
    const [small, large] = [await peak(4_000), await peak(80_000)];
    expect([small.contacts, large.contacts]).toEqual([4_000, 80_000]);
    expect(large.bytes).toBeGreaterThan(15_000_000);
    expect(large.heap).toBeLessThan(1.5 * small.heap);
  });
});

describePostgres("export_user", (server) => {
  const { rows, value } = useSql(server);

  test("in pages of any size is what it is in one go", async () => {
    const user = newUser();
    const phones = newPhones(12);
    await rows(
      "select sync_phone_keys($1, $2, 5, 500, 'merge', false, true, 'a')",
      user,
      phones.slice(0, 5),
    );
    await rows(
      "select sync_phone_keys($1, $2, 5, 500, 'merge', false, true, 'b.1_-')",
      user,
      phones.slice(3, 6),
    );
    await rows("select link_phones($1, $2)", phones.slice(6, 9), [user, user, user]);
    await rows(
      "insert into contact_sync_kept_choices (owner_id, phone_key, removed_at, is_favorite) select $1, k, now(), true from unnest($2::uuid[]) as k",
      user,
      phones.slice(0, 3),
    );
    await rows(
      "insert into contact_sync_session_parts select $1, gen_random_uuid(), p, $2::uuid[], 3 from generate_series(0, 2) as p",
      user,
      phones.slice(0, 3),
    );
    await rows(
      "insert into contact_sync_staged_keys select $1, $1, k, false from unnest($2::uuid[]) as k",
      user,
      phones.slice(0, 3),
    );
    const whole = await rows("select part, place from export_user($1)", user);
    expect(whole).toHaveLength(1 + 3 + 2 + 2 + 3 + 9 + 3 + 6);
    for (const size of [1, 2, 7, whole.length, 10_000]) {
      const paged: unknown[] = [];
      for (let after: string | null = null; ; ) {
        const page = await rows(
          "select part, place from export_user($1, $2, $3)",
          user,
          after,
          size,
        );
        paged.push(...page);
        if (page.length < size) break;
        after = page.at(-1)?.place as string;
      }
      expect([size, paged]).toEqual([size, whole]);
    }
  });

  test.each([
    "",
    "contacts",
    "contacts x",
    "numbers 1",
    "runs -1",
    "devices a b",
    "about x",
    "x",
  ])("refuses %j as a place, without quoting it", async (place) => {
    const refused = await refusalOf(rows("select * from export_user($1, $2)", newUser(), place));
    expect(refused.code).toBe("INVALID_ARGUMENT");
    if (place.length > 5) expect(refused.text).not.toContain(place);
  });

  test("in one go is of one moment", async () => {
    expect(await value("select provolatile from pg_proc where proname = 'export_user'")).toBe("s");
  });
});

describePostgres("an export over HTTP", (server) => {
  const app = useApp(server);

  test("is the user's own, or any by the back end, in the envelope of every answer", async () => {
    const book = await openBook(app(), 3);
    const own = await book.ask("GET", "/me/export");
    expect(own.statusCode).toBe(200);
    expect(own.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(own.headers["cache-control"]).toBe("no-store");
    const { success, data } = own.json();
    expect(success).toBe(true);
    expect(data).toMatchObject({ user_id: book.userId, status: { contacts_count: 3 } });
    expect(data.contacts).toHaveLength(3);
    const url = `/api/v1/users/${book.userId}/export`;
    const theirs = (await app().request({ method: "GET", url, token: SERVICE_KEY })).json().data;
    expect({ ...theirs, exported_at: 0 }).toEqual({ ...data, exported_at: 0 });
  });

  test("that can't begin is a problem with its status", async () => {
    const url = "/api/v1/users/me/export";
    const answer = await app().request({ method: "GET", url, token: SERVICE_KEY });
    expect(answer.json()).toMatchObject({ code: "INVALID_REQUEST", status: 400 });
  });
});

describePostgres("contact-sync export", (server) => {
  const database = useDatabase(server);
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-export-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("writes to standard output, or a file that only this user may read", async () => {
    const user = randomUUID();
    const contactSync = await openContactSync(database());
    await contactSync.syncContacts(user, numbers(3), 3);
    const cli = (args: string[]) =>
      runCli(["export", user, ...args], { environment: environmentOf(database()) });
    const { code, stdout } = await cli([]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).contacts).toHaveLength(3);
    const file = join(folder, "user.json");
    expect(await cli(["--output", file])).toMatchObject({ code: 0, stdout: "" });
    expect(JSON.parse(await readFile(file, "utf8")).contacts).toHaveLength(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // One that fails leaves no file, and none beside it.
    const nowhere = join(folder, "none", "user.json");
    expect((await cli(["--output", nowhere])).stderr).toMatch(/^UNREADABLE_FILE/);
    for (const noFile of [folder, ""]) {
      const refused = await cli(["--output", noFile]);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toMatch(/^UNREADABLE_FILE/);
    }
    await database().pool.query("alter table contacts_with_accounts rename to away");
    const broken = join(folder, "broken.json");
    expect((await cli(["--output", broken])).code).toBe(1);
    await database().pool.query("alter table away rename to contacts_with_accounts");
    expect(await readdir(folder)).toEqual(["user.json"]);
  });
});
