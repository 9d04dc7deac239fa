import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { type CliOptions, environmentOf, runCli } from "./support/run-cli.ts";

const number = (serial: number) => `+2011${String(serial).padStart(8, "0")}`;

describePostgres("contact-sync link, unlink, link-pending", (server) => {
  const database = useDatabase(server);
  const cli = (args: string[], options: CliOptions = {}) =>
    runCli(args, { environment: environmentOf(database()), ...options });

  test("links the numbers of a file, and the contacts who hold them", async () => {
    const [owner, one, other] = [randomUUID(), randomUUID(), randomUUID()];
    const contactSync = await openContactSync(database());
    await contactSync.syncContacts(owner, [number(1), number(2)], 2);
    const stdin = `user_id,phone\n${one},${number(1)}\n${other},${number(2)}\n`;

    const { code, stdout } = await cli(["link", "-"], { stdin });
    expect(code).toBe(0);
    expect(stdout).toBe("standard input: 2 numbers\n  2 linked, 0 unchanged; 2 contacts updated\n");
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({ linked_count: 2 });
  });

  test("a newer verification stands: the line is named, and --strict ends with 3", async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const row = (user: string, time: string) =>
      `user_id,phone,verified_at\n\n${user},${number(3)},${time}\n`;
    await cli(["link", "-"], { stdin: row(first, "2026-05-01T00:00:00Z") });
    const stdin = row(second, "2026-04-01T00:00:00Z");

    const plain = await cli(["link", "-"], { stdin });
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/newer verification\n {2}line 3\n/);
    const strict = await cli(["link", "-", "--strict", "--json"], { stdin });
    expect(strict.code).toBe(3);
    expect(JSON.parse(strict.stdout)).toEqual({
      received: 1,
      phones_linked: 0,
      phones_unchanged: 0,
      contacts_changed: 0,
      outdated: [{ line: 3 }],
      rejected: [],
      skipped: [],
    });
  });

  test("a number that cannot be read is listed, and the others are linked", async () => {
    const rows = Array.from({ length: 10_001 }, (_, row) => `${randomUUID()},${number(100 + row)}`);
    const bad = [`${randomUUID()},0100 123 4567`, `user-7,${number(7)}`, `${randomUUID()},`];
    const stdin = ["user_id,phone", ...rows, ...bad].join("\n");
    const { code, stdout, stderr } = await cli(["link", "-"], { stdin });
    expect(code).toBe(0);
    expect(stdout).toContain("standard input: 10,004 numbers\n  10,001 linked, 0 unchanged");
    expect(stdout).toMatch(/1 × NO_COUNTRY_CODE: .*\n {4}line 10003\n/);
    expect(stdout).toMatch(/1 × INVALID_USER_ID: .*\n {4}line 10004\n/);
    expect(stdout).toMatch(/Skipped 1 entry\n {2}1 × NO_PHONE: .*\n {4}line 10005\n/);
    expect(stdout + stderr).not.toContain("123 4567");

    // Standard input is refused from the chunk on that has such a row.
    const strict = await cli(["link", "-", "--strict", "--json"], { stdin });
    expect(strict.code).toBe(3);
    expect(JSON.parse(strict.stdout)).toMatchObject({
      received: 10_003,
      phones_linked: 10_000,
      rejected: [
        { line: 10_003, reason: "NO_COUNTRY_CODE" },
        { line: 10_004, reason: "INVALID_USER_ID" },
      ],
      skipped: [{ line: 10_005, reason: "NO_PHONE" }],
    });
  });

  test("--strict refuses a file before anything is written", async () => {
    const contactSync = await openContactSync(database());
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync.syncContacts(owner, [number(20_000), number(20_001)], 2);
    const folder = await mkdtemp(join(tmpdir(), "contact-sync-link-"));
    const file = join(folder, "users.csv");
    const row = (phone: string) => `${user},${phone},2024-05-01 12:00:00.123456+00\n`;
    const head = `id,phone,phone_confirmed_at\n${row(number(20_000).slice(1))}${user},,\n`;
    try {
      const link = (text: string, ...args: string[]) =>
        writeFile(file, text).then(() => cli(["link", file, "--international", ...args]));
      const refused = await link(head + row("01000000000"), "--strict");
      expect(refused.code).toBe(3);
      expect(refused.stdout).toMatch(/1 × NO_COUNTRY_CODE[\s\S]*nothing was written\.\n$/);
      expect(await contactSync.summarizeContacts(owner)).toMatchObject({ linked_count: 0 });
      // Users without a number are no fault of a table of users.
      const done = await link(head + row(number(20_001)), "--strict");
      expect(done.code).toBe(0);
      expect(done.stdout).toContain("2 linked, 0 unchanged; 2 contacts updated");
      expect(await contactSync.summarizeContacts(owner)).toMatchObject({ linked_count: 2 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("links nobody whose number is not verified, and none that several users claim", async () => {
    const contactSync = await openContactSync(database());
    const owner = randomUUID();
    const phones = [number(30_000), number(30_001), number(30_002)];
    await contactSync.syncContacts(owner, phones, 3);
    const [one, other] = [randomUUID(), randomUUID()];
    const stdin = [
      "id,phone,phone_confirmed_at",
      `${one},${phones[0]},`,
      `${one},${phones[1]},2024-05-01 12:00:00+00`,
      `${other},${phones[1]},2024-05-01 12:00:00+00`,
      `${one},${phones[2]},2024-05-01 12:00:00+00`,
      `${other},${phones[2]},2024-05-02 12:00:00+00`,
      `${other},${phones[2]},2024-05-02 12:00:00+00`,
    ].join("\n");
    const { stdout } = await cli(["link", "-", "--json"], { stdin });
    expect(JSON.parse(stdout)).toMatchObject({
      received: 6,
      phones_linked: 1,
      phones_unchanged: 2,
      contacts_changed: 1,
      rejected: [
        { line: 3, reason: "SEVERAL_USERS" },
        { line: 4, reason: "SEVERAL_USERS" },
      ],
      skipped: [{ line: 2, reason: "NOT_VERIFIED" }],
    });
    const { contacts } = await contactSync.listContacts(owner, { linked: true });
    expect(contacts.map((contact) => contact.linked_user_id)).toEqual([other]);
  });

  test("rows written into phones by hand are linked by link-pending --all", async () => {
    const contactSync = await openContactSync(database());
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync.syncContacts(owner, [number(40_000)], 1);
    await contactSync.link(user, number(40_000));
    await database().pool.query("delete from phones where linked_user_id = $1", [user]);
    const stored = async () =>
      (
        await database().pool.query(
          "select linked_user_id as link from contacts_with_accounts where owner_id = $1",
          [owner],
        )
      ).rows[0].link;
    await cli(["link-pending"]);
    expect(await stored()).toBe(user);
    const { code, stdout } = await cli(["link-pending", "--all", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ numbers_found: 1, contacts_changed: 1 });
    expect(await stored()).toBeNull();
  });

  test("one number: link --user, then unlink, in any notation", async () => {
    const user = randomUUID();
    const args = ["link", "--user", user, "0100 765 4321", "--region", "EG"];
    const time = ["--verified-at", "2026-01-01T00:00:00Z"];
    expect(await cli([...args, ...time])).toMatchObject({ code: 0, stdout: "Linked.\n" });
    const again = await cli([...args, ...time, "--json"]);
    expect(JSON.parse(again.stdout)).toEqual({ changed: false });

    const stranger = await cli(["unlink", "+201007654321", "--user", randomUUID()]);
    expect(stranger.stdout).toBe("0 numbers unlinked.\n");
    const owner = await cli(["unlink", "+201007654321", "--json"]);
    expect(JSON.parse(owner.stdout)).toEqual({ phones_unlinked: 1 });
  });

  test("link --silent: one number and a file; whoever holds them sees it", async () => {
    const contactSync = await openContactSync(database());
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync.syncContacts(owner, [6, 7, 8].map(number), 3);
    const { cursor } = await contactSync.listChanges(owner);
    expect((await cli(["link", "--user", user, "--silent", number(6)])).code).toBe(0);
    const stdin = `user_id,phone\n${user},${number(7)}\n`;
    expect((await cli(["link", "-", "--silent"], { stdin })).code).toBe(0);
    expect((await cli(["link", "--user", user, number(8)])).code).toBe(0);
    const { changes } = await contactSync.listChanges(owner, { since: cursor });
    expect(changes.map(({ silent }) => silent).toSorted()).toEqual([false, true, true]);
  });

  test("unlink --file reads what an address book may be", async () => {
    const contactSync = await openContactSync(database());
    const user = randomUUID();
    await contactSync.linkMany(
      [4, 5].map((serial) => ({ userId: user, phoneNumber: number(serial) })),
    );
    const stdin = `phone\n${number(4)}\n${number(5)}\n`;
    expect((await cli(["unlink", "--file", "-"], { stdin })).stdout).toBe("2 numbers unlinked.\n");
    const broken = await cli(["unlink", "--file", "-"], { stdin: "phone\n\nhello\n" });
    expect(broken.stderr).toMatch(/^INVALID_PHONE_NUMBER: the phone number on line 3 /);
  });

  test("link-pending ends with 3 while a link waits for a running transaction, then with 0", async () => {
    const contactSync = await openContactSync(database());
    const [owner, user] = [randomUUID(), randomUUID()];
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select contact_sync_enter_fence()");
      await contactSync.link(user, number(6));
      expect(await cli(["link-pending"])).toMatchObject({ code: 3 });
      await client.query("commit");
    } finally {
      client.release();
    }
    const { code, stdout } = await cli(["link-pending", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ entries_waiting: 0, entries_finished: 1 });
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({ contacts_count: 0 });
  });
});
