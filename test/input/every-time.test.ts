import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { environmentOf, runCli } from "../cli/support/run-cli.ts";
import { openBook } from "../http/book.ts";
import { type Answer, type OpenApp, openApp, SERVICE_KEY } from "../http/support.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";

const READ = [
  ["2024-05-01 12:00", "2024-05-01T12:00:00.000Z"],
  ["2024-05-01T12:00:00+02", "2024-05-01T10:00:00.000Z"],
  ["2024-05-01T12:00:00.123456789-0330", "2024-05-01T15:30:00.123Z"],
  ["2024-05-01", "2024-05-01T00:00:00.000Z"],
] as const;
const REFUSED = ["2024-02-30", "2024-05-01T24:00Z", "2024-05-01T12:00:60Z", "0000-05-01T12:00"];

interface World {
  readonly database: TestDatabase;
  readonly app: OpenApp;
}

/** Gives a time in one way, and says what was stored; or throws. */
type Way = (world: World, time: string) => Promise<string>;

const verifiedAt = async ({ database }: World, userId: string): Promise<string> =>
  (
    await database.pool.query("select verified_at from phones where linked_user_id = $1", [userId])
  ).rows[0].verified_at.toISOString();

const interactionOf = async ({ database }: World, ownerId: string): Promise<string> =>
  (
    await database.pool.query(
      "select last_interaction from contacts_with_accounts where owner_id = $1",
      [ownerId],
    )
  ).rows[0].last_interaction.toISOString();

/** Each with a number of its own, so that no verification is older than another way's. */
let serial = 100;
const nextNumber = () => numberOf(serial++);

const cli = async ({ database }: World, args: string[], stdin = "") => {
  const { code, stderr, stdout } = await runCli(args, {
    environment: environmentOf(database),
    stdin,
  });
  if (code !== 0) throw new Error(stderr + stdout);
};
const accepted = ({ statusCode, body }: Answer) => {
  if (statusCode !== 200) throw new Error(body);
};
const put = async ({ app }: World, userId: string, time: string) =>
  accepted(
    await app.request({
      method: "PUT",
      url: `/api/v1/users/${userId}/phones`,
      token: SERVICE_KEY,
      body: { phoneNumber: nextNumber(), verifiedAt: time },
    }),
  );

const WAYS: Record<string, Way> = {
  async "the library's link"(world, time) {
    const userId = randomUUID();
    const contactSync = await openContactSync(world.database);
    await contactSync.link(userId, nextNumber(), { verifiedAt: time });
    return verifiedAt(world, userId);
  },
  async "link --verified-at"(world, time) {
    const userId = randomUUID();
    await cli(world, ["link", "--user", userId, nextNumber(), "--verified-at", time]);
    return verifiedAt(world, userId);
  },
  async "link, a CSV"(world, time) {
    const userId = randomUUID();
    // --strict: a row with a time that is none is listed otherwise, and the rest linked.
    await cli(
      world,
      ["link", "-", "--strict"],
      `user_id,phone,verified_at\n${userId},${nextNumber()},${time}\n`,
    );
    return verifiedAt(world, userId);
  },
  async "link, NDJSON"(world, time) {
    const userId = randomUUID();
    const line = { user_id: userId, phone: nextNumber(), verified_at: time };
    await cli(world, ["link", "-", "--strict"], `${JSON.stringify(line)}\n`);
    return verifiedAt(world, userId);
  },
  async "HTTP, a verified number"(world, time) {
    const userId = randomUUID();
    await put(world, userId, time);
    return verifiedAt(world, userId);
  },
  async "HTTP, an interaction"(world, time) {
    const { userId, ask } = await openBook(world.app, 1);
    accepted(await ask("POST", `/contacts/${hashOf(0)}/interaction`, { at: time }));
    return interactionOf(world, userId);
  },
  async "HTTP, a bulk insert"(world, time) {
    const owner_id = randomUUID();
    accepted(
      await world.app.request({
        method: "POST",
        url: "/api/v1/contacts/bulk-insert",
        token: SERVICE_KEY,
        body: { contacts: [{ owner_id, phone_hash: hashOf(0), last_interaction: time }] },
      }),
    );
    return interactionOf(world, owner_id);
  },
  async "import --bulk"(world, time) {
    const owner_id = randomUUID();
    const line = { owner_id, phone_hash: hashOf(0), last_interaction: time };
    await cli(world, ["import", "--bulk", "-"], `${JSON.stringify(line)}\n`);
    return interactionOf(world, owner_id);
  },
};

describePostgres("a time, on a machine in New York", (server) => {
  const database = useDatabase(server);
  const zone = process.env["TZ"];
  let app: OpenApp;
  beforeAll(async () => {
    process.env["TZ"] = "America/New_York";
    app = await openApp(database());
  });
  afterAll(async () => {
    await app.close();
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });

  test("which Date takes for New York's where it has no zone", () => {
    expect(new Date("2024-05-01 12:00").toISOString()).toBe("2024-05-01T16:00:00.000Z");
  });

  test.each(Object.keys(WAYS))("is the same by %s", async (name) => {
    const world = { database: database(), app };
    const way = WAYS[name] as Way;
    for (const [text, expected] of READ) expect(await way(world, text), text).toBe(expected);
    for (const text of REFUSED) await expect(way(world, text), text).rejects.toThrow("8601");
  });
});
