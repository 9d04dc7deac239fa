import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { environmentOf, runCli } from "../cli/support/run-cli.ts";
import { JWT_SECRET } from "../http/support.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";
import { IDS, uuidsIn } from "./ids.ts";

describePostgres("the command line with users whom the app calls by texts", (server) => {
  const database = useDatabase(server);
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ids-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (args: string[], stdin = "") =>
    runCli(args, {
      stdin,
      environment: {
        ...environmentOf(database()),
        CONTACT_SYNC_USER_IDS: "text",
        CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
      },
    });
  /** What it prints, in which nobody is called by a UUID of the database. */
  const cli = async (args: string[], stdin = "") => {
    const result = await run(args, stdin);
    expect(result).toMatchObject({ code: 0 });
    const { rows } = await database().pool.query("select user_id from contact_sync_users");
    const ours = new Set(rows.map(({ user_id }) => user_id));
    expect(uuidsIn(result.stdout + result.stderr).filter((uuid) => ours.has(uuid))).toEqual([]);
    return result.stdout;
  };
  const json = async (args: string[], stdin = "") =>
    JSON.parse(await cli([...args, "--json"], stdin));

  // A dash at the beginning is an option, as everywhere; `--owner=` and `--` help.
  const hard = [IDS.integer, IDS.auth0, IDS.emoji, IDS.quotes, IDS.spaces];
  const pairs = hard.map((owner, place) => ({
    owner,
    friend: hard.at(place - 1) as string,
    n: 200 + place,
  }));

  test.each(pairs)("serves $owner", async ({ owner, friend, n }) => {
    expect(await json(["link", "--user", friend, numberOf(n)])).toEqual({ changed: true });
    const book = ["import", "-", "--format", "csv", "--owner", owner, "--device", "d", "--replace"];
    expect((await json(book, `phone\n${numberOf(n)}\n`)).matches).toMatchObject([
      { user_id: friend },
    ]);
    expect(await json(["contacts", "--owner", owner])).toMatchObject({
      contacts: [{ owner_id: owner, linked_user_id: friend }],
    });
    await cli(["contacts", "--owner", owner]);
    expect(await json(["devices", "--owner", owner])).toMatchObject({
      devices: [{ device_id: "d" }],
    });
    expect(await json(["stats", "--owner", owner])).toMatchObject({ totals: { total_syncs: 1 } });
    const file = join(folder, `${n}.json`);
    await cli(["export", owner, "--output", file]);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
      user_id: owner,
      contacts: [{ linked_user_id: friend }],
    });
    const token = (await cli(["token", "--user", owner])).trim();
    expect((await jwtVerify(token, new TextEncoder().encode(JWT_SECRET))).payload.sub).toBe(owner);
    await database().pool.query(
      "update contact_sync_status set held_at = now(), held_suspicion = 80 where owner_id = find_user($1)",
      [owner],
    );
    expect(await json(["suspects"])).toMatchObject({ suspects: [{ owner_id: owner }] });
    await cli(["suspects"]);
    expect(await json(["release", owner])).toEqual({ released: true });
    expect(await json(["unlink", numberOf(n), "--user", owner])).toEqual({ phones_unlinked: 0 });
    expect(await json(["unlink", numberOf(n), "--user", friend])).toEqual({ phones_unlinked: 1 });
  });

  test("links a file's users as they stand there, and inserts in bulk", async () => {
    const csv = join(folder, "users.csv");
    await writeFile(
      csv,
      `user_id,phone\n42,${numberOf(1)}\n"${IDS.auth0}",${numberOf(2)}\n,${numberOf(3)}\n`,
    );
    expect(await json(["link", csv])).toMatchObject({
      phones_linked: 2,
      rejected: [{ line: 4, reason: "INVALID_USER_ID" }],
    });
    const ndjson = [
      `{"user_id": 43, "phone": "${numberOf(4)}"}`,
      `{"user_id": "A a", "phone": "${numberOf(5)}"}`,
      `{"user_id": 1.5, "phone": "${numberOf(6)}"}`,
      `{"user_id": ["b"], "phone": "${numberOf(7)}"}`,
    ].join("\n");
    expect(await json(["link", "-"], ndjson)).toMatchObject({
      phones_linked: 2,
      rejected: [3, 4].map((line) => ({ line, reason: "INVALID_USER_ID" })),
    });
    const rows = [1, 2, 4, 5].map((n) => JSON.stringify({ owner_id: 7, phone_hash: hashOf(n) }));
    rows.push(JSON.stringify({ owner_id: "7", phone_hash: hashOf(6), linked_user_id: "given" }));
    expect(await json(["import", "--bulk", "-"], rows.join("\n"))).toMatchObject({
      contacts_inserted: 5,
      matched_contacts: 5,
    });
    const { contacts } = await json(["contacts", "--owner", "7"]);
    expect(
      contacts.map(({ linked_user_id }: { linked_user_id: string }) => linked_user_id).sort(),
    ).toEqual(["42", "43", "A a", IDS.auth0, "given"].sort());
    const receipt = (await json(["erase", "42", "--yes"])).receipt;
    expect(await json(["verify-receipt", "-"], receipt)).toMatchObject({ user_id: "42" });
    expect(await cli(["verify-receipt", "-"], receipt)).toContain("user 42,");
  });

  test("what would not be seen on a terminal, or move its cursor, is written out", async () => {
    await cli(["link", "--user", "a\u001b[2J\u202eb", numberOf(300)]);
    const book = ["import", "-", "--format", "csv", "--owner", "sees"];
    for (const args of [book, ["contacts", "--owner", "sees"]]) {
      expect(await cli(args, `phone\n${numberOf(300)}\n`)).toContain("a\\u{1b}[2J\\u{202e}b");
    }
  });

  test("refuses what is no id, and the other kind of ids", async () => {
    for (const args of [
      ["contacts", "--owner", ""],
      ["erase", "x".repeat(256), "--yes"],
      ["token", "--user", ""],
    ]) {
      const { code, stderr } = await run(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^INVALID_ARGUMENT: .* must be a text of 1 to 255 characters/);
    }
    const uuids = await runCli(["contacts", "--owner", IDS.uuid], {
      environment: environmentOf(database()),
    });
    expect(uuids.stderr).toMatch(/^USER_IDS_MISMATCH: in this database users are called by texts/);
    const environment = { ...environmentOf(database()), CONTACT_SYNC_USER_IDS: "integer" };
    const wrong = await runCli(["contacts", "--owner", "1"], { environment });
    expect(wrong.stderr).toMatch(
      /^INVALID_ARGUMENT: CONTACT_SYNC_USER_IDS: it must be uuid or text/,
    );
  });
});
