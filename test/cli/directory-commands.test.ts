import { randomUUID } from "node:crypto";
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
    });
  });

  test("a number that cannot be read names its line; the chunk before it stays", async () => {
    const rows = Array.from({ length: 10_001 }, (_, row) => `${randomUUID()},${number(100 + row)}`);
    const stdin = ["user_id,phone", ...rows, `${randomUUID()},0100 123 4567`].join("\n");
    const { code, stderr } = await cli(["link", "-"], { stdin });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^INVALID_PHONE_NUMBER: the phone number on line 10003 /);
    expect(stderr).toContain("10,000 numbers of the first 10,000 entries are stored.");
    expect(stderr).not.toContain("123 4567");
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
