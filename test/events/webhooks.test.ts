import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../src/index.ts";
import { createLogin } from "../support/login.ts";
import { describePostgres } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";
import { waitingForLocks } from "../support/waiting.ts";
import { hang, hangUp, status, useReceivers } from "./receiver.ts";
import { startWorker, type Worker, type WorkerOptions } from "./worker.ts";

describePostgres("webhooks", (server) => {
  const { database, contactSync } = useContactSync(server);
  const receiver = useReceivers();
  const workers: Worker[] = [];
  const work = async (url: string, options?: WorkerOptions) => {
    const worker = await startWorker(database(), url, options);
    workers.push(worker);
    return worker;
  };
  const rows = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  const left = async () => (await rows("select from contact_sync_outbox")).length;
  const makeDue = () => rows("update contact_sync_outbox set due_at = now() where due_at > now()");
  const isSettled = () => until("the outbox is empty", async () => (await left()) === 0);

  beforeEach(async () => {
    await rows("select set_webhooks(true)");
    await rows("delete from contact_sync_outbox");
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  });

  let next = 0;
  /** So many numbers that no test had before, in the books of two owners. */
  async function books(count: number) {
    const first = next;
    next += count;
    const owners = [randomUUID(), randomUUID()].sort();
    for (const owner of owners) {
      await contactSync().syncContacts(owner, numbers(count, first), count);
    }
    return { first, owners };
  }
  /** Links so many numbers, a message each. */
  async function linkAll(first: number, count: number) {
    const users = Array.from({ length: count }, () => randomUUID());
    for (const [place, user] of users.entries()) {
      await contactSync().link(user, numberOf(first + place));
    }
    return users;
  }

  test("tell who was linked, and who is no more, by number and owners", async () => {
    const { url, received, faults } = await receiver();
    const { counts } = await work(url);
    const { first, owners } = await books(1);
    const user = randomUUID();
    await contactSync().link(user, numberOf(first));
    await until("the link is told", () => received.length === 1);
    await contactSync().unlink(numberOf(first));
    await until("its end is told", () => received.length === 2);
    const data = { user_id: user, phone_hash: hashOf(first), silent: false, owners };
    expect(received).toMatchObject([
      { type: "contacts.linked", data },
      { type: "contacts.unlinked", data },
    ]);
    const times = received.map(({ timestamp }) => Date.parse(timestamp));
    expect(times[1]).toBeGreaterThanOrEqual(times[0] as number);
    expect(new Set(received.map(({ id }) => id)).size).toBe(2);
    expect(faults).toEqual([]);
    await isSettled();
    expect(counts.entries()).toEqual([["2xx", 2]]);
  });

  test("also where the link was made from SQL, by somebody without a webhook", async () => {
    const { url, received } = await receiver();
    await work(url);
    const { first } = await books(1);
    const [{ phone_key }] = await rows(
      "select phone_key from contacts_with_accounts order by created_at desc limit 1",
    );
    await query(
      database().connectionString,
      `select link_phone('${phone_key}', '${randomUUID()}')`,
    );
    await query(database().connectionString, "select link_pending_phones()");
    await until("the link is told", () => received.length === 1);
    expect(received[0]?.data.phone_hash).toBe(hashOf(first));
  });

  test("are written once somebody delivers them, and nothing is made before", async () => {
    const fresh = await server.createDatabase();
    const schemas = () =>
      query(fresh.connectionString, "select 1 from pg_namespace where nspname ~ 'jobs'");
    expect(await schemas()).toHaveLength(0);
    const { url } = await receiver();
    const worker = await startWorker(fresh, url);
    await worker.stop();
    expect(await schemas()).toHaveLength(1);
    const isOn = "select contact_sync_has_outbox() as is_on";
    expect(await query(fresh.connectionString, isOn)).toEqual([{ is_on: true }]);
  });

  test("come once, by whichever of several workers", async () => {
    const { url, received } = await receiver();
    const { first } = await books(120);
    const users = await linkAll(first, 120);
    await Promise.all([work(url), work(url), work(url)]);
    await isSettled();
    expect(received.map(({ data }) => data.user_id).sort()).toEqual(users.sort());
  });

  test.each([
    ["answers 500", status(500), "500"],
    ["redirects", status(302, { location: "http://127.0.0.1:9/" }), "302"],
    ["hangs up", hangUp, "no_answer"],
    ["hangs", hang, "timeout"],
  ])("come again with the same id where the receiver %s", async (_, how, failure) => {
    const { url, received, answer } = await receiver(how);
    const { log, counts } = await work(url, { delivery: { patienceMs: 200 } });
    const { first } = await books(1);
    const [user] = await linkAll(first, 1);
    const failed = async () =>
      (await rows("select last_failure from contact_sync_outbox"))[0]?.last_failure;
    await until("it failed", async () => (await failed()) === failure);
    answer(status(204));
    await makeDue();
    await isSettled();
    expect(received.length).toBeGreaterThan(1);
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);
    const lines = log.map((line) => JSON.parse(line)).filter(({ failure }) => failure);
    expect(lines[0]).toMatchObject({
      message_id: received[0]?.id,
      attempt: 1,
      failure,
      msg: expect.stringContaining("tried again"),
    });
    expect(counts.entries()).toEqual(expect.arrayContaining([["2xx", 1]]));
    expect(log.join()).not.toContain(user);
  });

  test("are set aside where they are not wanted, and come again when replayed", async () => {
    const { url, received, answer } = await receiver(status(410));
    const { log } = await work(url);
    const { first } = await books(1);
    await linkAll(first, 1);
    const list = () => rows("select * from list_webhook_messages(true)");
    await until("it is set aside", async () => (await list()).length === 1);
    expect(log.join()).toContain("set aside");
    answer(status(200));
    await rows("select replay_webhook_messages()");
    await isSettled();
    expect(received).toHaveLength(2);
    expect(received[1]).toEqual(received[0]);
  });

  test("hold up nobody while the receiver is dead", async () => {
    const { url, received, close } = await receiver(hang);
    await work(url, { delivery: { patienceMs: 600_000, claimSeconds: 900 } });
    const { first } = await books(60);
    await linkAll(first, 30);
    await until("all workers wait for the receiver", () => received.length === 10);
    // All of what a phone and a back end do, while nothing is answered.
    await linkAll(first + 30, 30);
    await contactSync().unlink(numberOf(first));
    await contactSync().syncContacts(randomUUID(), numbers(60, first), 60);
    expect(received).toHaveLength(10);
    const [{ open }] = await rows(
      `select count(*)::integer as open from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`,
    );
    expect(open).toBe(0);
    expect(await waitingForLocks(database())).toEqual([]);
    expect(await left()).toBe(61);
    await close(); // so that the workers can stop
  });

  test("survive the loss of the whole queue", async () => {
    const { url, received } = await receiver();
    await work(url);
    const { first } = await books(3);
    await linkAll(first, 1);
    await until("the first is told", () => received.length === 1);
    await query(database().superuserConnectionString, "drop schema contact_sync_jobs cascade");
    await linkAll(first + 1, 2);
    await until("the others are told", () => received.length === 3);
    await isSettled();
  });

  test("survive a job that was lost: the message gets another one", async () => {
    const { url, received } = await receiver();
    const { first } = await books(1);
    await linkAll(first, 1);
    // Whoever took it is gone, and has added no job.
    await rows("select * from contact_sync_take_due_messages(10, interval '1 second')");
    await work(url);
    await isSettled();
    expect(received).toHaveLength(1);
  });

  test("leave nothing of anybody in the queue and in the log", async () => {
    const { url, received } = await receiver(hang);
    const { first, owners } = await books(20);
    const users = await linkAll(first, 20);
    // Only now, so that all wait at the same time, however long the links took.
    const worker = await work(url, { delivery: { patienceMs: 3_000 } });
    await until("all workers are busy", () => received.length >= 10);
    const jobs = await until("others wait", async () => {
      const found = await rows("select j::text as text from contact_sync_jobs._private_jobs j");
      return found.length >= 15 && found;
    });
    const tables = await rows(
      "select table_name as name from information_schema.tables where table_schema = 'contact_sync_jobs'",
    );
    let text = JSON.stringify(jobs);
    for (const { name } of tables) {
      text += JSON.stringify(await rows(`select t::text from contact_sync_jobs.${name} t`));
    }
    await until("they have failed", () => worker.log.length >= 10);
    text += worker.log.join("\n");
    const keys = await rows("select distinct phone_key::text from contact_sync_outbox");
    const secrets = [
      ...users,
      ...owners,
      ...Array.from({ length: 20 }, (_, place) => hashOf(first + place)),
      ...keys.flatMap(({ phone_key }) => [phone_key, phone_key.replaceAll("-", "")]),
    ];
    expect(keys).toHaveLength(20);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  test("of two installations in one database don't meet", async () => {
    const database = await server.createDatabase();
    await query(database.superuserConnectionString, "create schema books authorization postgres");
    await migrate({ connectionString: database.connectionString, schema: "books" });
    const { url } = await receiver();
    const both = await Promise.all([
      startWorker(database, url),
      startWorker(database, url, { schema: "books" }),
    ]);
    const schemas = await query(
      database.connectionString,
      "select nspname from pg_namespace where nspname ~ 'jobs' order by 1",
    );
    expect(schemas).toEqual([
      { nspname: "contact_sync_jobs" },
      { nspname: "contact_sync_jobs_books" },
    ]);
    await Promise.all(both.map((worker) => worker.stop()));
  });

  test("say what is missing where the login may not make their queue", async () => {
    const database = await server.createDatabase();
    const login = await createLogin(database, "in role service_role");
    const { url } = await receiver();
    const { message } = await refusal(startWorker(login, url), "INVALID_CONFIGURATION");
    expect(message).toContain("grant create on database");
    await query(
      database.superuserConnectionString,
      `grant create on database ${database.name} to ${login.name}`,
    );
    await (await startWorker(login, url)).stop();
    await query(
      database.superuserConnectionString,
      `revoke create on database ${database.name} from ${login.name}`,
    );
    // Once it is there, the right is needed no more.
    await (await startWorker(login, url)).stop();
  });
});
