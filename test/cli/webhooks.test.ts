import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { hangUp, SECRET, status, useReceivers } from "../events/receiver.ts";
import { describePostgres } from "../support/postgres.ts";
import { asKey, newPhones, useSql } from "../support/sql.ts";
import { environmentOf, runCli } from "./support/run-cli.ts";

describePostgres("contact-sync webhooks", (server) => {
  const { database, rows, value } = useSql(server);
  const receiver = useReceivers();
  const cli = (...args: string[]) =>
    runCli(["webhooks", ...args], { environment: environmentOf(database()) });
  const user = randomUUID();
  const owner = randomUUID();

  /** Messages of which the first waits, the second waits after a failure, the third was set aside. */
  let ids: string[];
  beforeAll(async () => {
    await rows("select set_webhooks(true)");
    for (const key of newPhones(3).map(asKey)) {
      await rows(
        "insert into contacts_with_accounts (owner_id, phone_key) values ($1, $2)",
        owner,
        key,
      );
      await rows("select contact_sync_announce($1, $2, $3)", [owner], [key], [user]);
    }
    ids = (
      await rows("select message_id as id from contact_sync_outbox order by changed_at, message_id")
    ).map(({ id }) => id);
    for (const [id, failure] of [
      [ids[1], "503"],
      [ids[2], "410"],
    ]) {
      await rows("select contact_sync_claim_message($1, 1, interval '30 seconds')", id);
      await rows("select contact_sync_end_attempt($1, 1, $2, null)", id, failure);
    }
  });

  test("shows how it stands", async () => {
    const { code, stdout } = await cli();
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Links are announced\.\n2 messages waiting, the oldest for \d+ seconds?; 1 message set aside\.\n$/,
    );
    expect(JSON.parse((await cli("--json")).stdout)).toMatchObject({ enabled: true, waiting: 2 });
  });

  test("list shows each message, and nobody whom it is about", async () => {
    const { stdout } = await cli("list");
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(new RegExp(`^${ids[0]} {2}contacts.linked +1 .* 0  –`));
    expect(lines[2]).toMatch(new RegExp(`^${ids[1]} .* 1 {2}503 `));
    expect(lines[3]).toMatch(new RegExp(`^${ids[2]} .* 1 {2}410 +set aside$`));
    expect(stdout).not.toContain(user);
    expect(stdout).not.toContain(owner);
    const { messages } = JSON.parse((await cli("list", "--set-aside", "--json")).stdout);
    expect(messages.map(({ message_id }: { message_id: string }) => message_id)).toEqual([ids[2]]);
    for (const limit of ["0", "100000"]) {
      const refused = await cli("list", "--limit", limit);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--limit") });
    }
    expect(await cli("list", "--limit", "99999")).toMatchObject({ code: 0, stderr: "" });
  });

  test("list says that there are more, and how many", async () => {
    const first = await cli("list", "--limit", "1");
    expect(first.stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(first.stderr).toBe("These are the oldest 1 of 3; --limit lists more.\n");
    expect(JSON.parse((await cli("list", "--limit", "2", "--json")).stdout)).toMatchObject({
      messages: [{ message_id: ids[0] }, { message_id: ids[1] }],
      has_more: true,
    });
    const all = await cli("list", "--limit", "3");
    expect(all.stderr).toBe("");
    expect(JSON.parse((await cli("list", "--limit", "3", "--json")).stdout).has_more).toBe(false);
    expect((await cli("list", "--set-aside", "--limit", "1")).stderr).toBe("");
  });

  test("the doctor sees what was set aside", async () => {
    const { code, stdout } = await runCli(["doctor"], { environment: environmentOf(database()) });
    expect(code).toBe(3);
    expect(stdout).toContain("WEBHOOKS_SET_ASIDE");
  });

  test("replay takes one, or all that failed", async () => {
    const unknown = randomUUID();
    expect(await cli("replay", unknown)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`${unknown} is not there: it was delivered`),
    });
    const untried = await cli("replay", ids[0] as string);
    expect(untried).toMatchObject({ code: 3, stdout: "0 messages to be delivered again.\n" });
    expect(untried.stderr).toBe(`${ids[0]} has not failed: it is delivered without a replay.\n`);
    const mixed = await cli("replay", ...ids.slice(0, 2), unknown, "--json");
    expect(mixed.code).toBe(3);
    expect(JSON.parse(mixed.stdout)).toEqual({
      replayed: 1,
      not_failed: [ids[0]],
      not_there: [unknown],
    });
    expect(await cli("replay", ids[2] as string, "--json")).toMatchObject({
      code: 0,
      stdout: '{"replayed":1,"not_failed":[],"not_there":[]}\n',
    });
    expect(await value("select set_aside from contact_sync_outbox_state()")).toBe("0");
    expect(await cli("replay")).toMatchObject({
      stdout: "2 messages to be delivered again.\n",
      stderr: "",
    });
    const refused = await cli("replay", "not an id");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("message 1") });
  });

  test("replay says why it replays nothing, and list that none was set aside", async () => {
    await rows("delete from contact_sync_outbox where last_failure is not null");
    expect(await cli("replay")).toMatchObject({
      code: 0,
      stdout: "0 messages to be delivered again.\n",
      stderr: expect.stringMatching(/^None has failed\. 1 message waits to be delivered/),
    });
    const { stdout } = await cli("list", "--set-aside");
    expect(stdout).toBe("No message is set aside (1 message waiting).\n");
  });

  test("list says when there is none", async () => {
    await rows("delete from contact_sync_outbox");
    expect((await cli("list")).stdout).toBe("No message is left.\n");
    expect((await cli("list", "--set-aside")).stdout).toBe("No message is set aside.\n");
    expect((await cli("replay")).stderr).toBe("");
  });

  const sendTest = (url: string, environment: Record<string, string> = {}) =>
    runCli(["webhooks", "send-test"], {
      environment: {
        CONTACT_SYNC_WEBHOOK_URL: url,
        CONTACT_SYNC_WEBHOOK_SECRET: SECRET,
        CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "true",
        ...environment,
      },
    });

  test("send-test says what came back, without a database and without the address's secrets", async () => {
    const { port, received, answer } = await receiver();
    const url = `http://user:hidden@127.0.0.1:${port}/hook?token=hidden`;
    const sent = await sendTest(url);
    expect(sent.code).toBe(0);
    expect(sent.stdout).toMatch(
      new RegExp(`^Delivered to http://127.0.0.1:${port}: it answered 204 `),
    );
    expect(received).toMatchObject([{ type: "webhooks.test", data: {} }]);
    answer(status(500));
    const failed = await sendTest(url);
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.stdout).toMatch(/^Not delivered to .*: it answered 500 /);
    answer(hangUp);
    expect((await sendTest(url)).stdout).toContain("the connection ended without an answer");
    expect(`${sent.stdout}${failed.stdout}`).not.toContain("hidden");
  });

  test("send-test says what is wrong with the configuration", async () => {
    const none = await runCli(["webhooks", "send-test"]);
    expect(none.code).not.toBe(0);
    expect(none.stderr).toContain("CONTACT_SYNC_WEBHOOK_URL is not set");
    const inside = await sendTest("http://user:hidden@127.0.0.1/", {
      CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "",
    });
    expect(inside.stderr).toContain("may be http only with CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE");
    expect(inside.stderr).not.toContain("hidden");
    // What the service says at its start.
    const served = await runCli(["serve"], {
      environment: { CONTACT_SYNC_WEBHOOK_URL: "https://app.example", PORT: "x" },
    });
    expect(served.stderr).toContain("CONTACT_SYNC_WEBHOOK_SECRET must be set");
    expect(served.stderr).toContain("PORT");
  });
});
