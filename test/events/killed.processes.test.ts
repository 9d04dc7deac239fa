import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { migrate } from "../../src/database/migrations/migrate.ts";
import { createContactSync } from "../../src/index.ts";
import { type ServiceProcess, useServiceProcesses } from "../http/service-process.ts";
import { SERVICE_KEY } from "../http/support.ts";
import { TEST_KEY } from "../support/key.ts";
import { newestMajor } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";
import { until } from "../support/until.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { hang, SECRET, status, useReceivers } from "./receiver.ts";

const MESSAGES = 40;

// The newest major is enough: what is tested is our own process.
const major = newestMajor();
const startService = useServiceProcesses();
const receiver = useReceivers();
let server: TestServer;
let stop: () => Promise<void>;
let restart: () => Promise<void>;
let connectionString: string;

beforeAll(async () => {
  ({ server, stop, restart } = await startTestServer(major));
  const { host, port, superuser } = server;
  connectionString = `postgresql://${superuser}@/postgres?host=${encodeURIComponent(host)}&port=${port}`;
  // What it says is committed has to survive its death.
  await query(connectionString, "alter system set synchronous_commit = 'on'");
  await query(connectionString, "select pg_reload_conf()");
  await migrate({ connectionString });
});

afterAll(() => stop());

beforeEach(() => query(connectionString, "delete from contact_sync_outbox"));

/** At once and without a word to its clients, as when the machine's power fails. */
async function restartDatabase(): Promise<void> {
  const folder = join(server.host, "cluster");
  const pid = Number((await readFile(join(folder, "postmaster.pid"), "utf8")).split("\n")[0]);
  process.kill(pid, "SIGQUIT");
  await restart();
}

const serve = (url: string, environment: Record<string, string> = {}) =>
  startService(connectionString, {
    CONTACT_SYNC_WEBHOOK_URL: url,
    CONTACT_SYNC_WEBHOOK_SECRET: SECRET,
    CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "true",
    ...environment,
  });

const sql = (text: string) => query(connectionString, text);
/**
 * As if so much time had gone by that whoever had a message has it no more. Once: those who live
 * must have the time to send what they took.
 */
const letTimePass = () =>
  sql("update contact_sync_outbox set due_at = clock_timestamp() where due_at > clock_timestamp()");
const left = async () => (await sql("select from contact_sync_outbox")).length;

let next = 0;
/** A book of numbers that no test had before. */
async function newBook(count: number) {
  const first = next;
  next += count;
  const owner = randomUUID();
  const contactSync = await createContactSync({ database: connectionString, key: TEST_KEY });
  await contactSync.syncContacts(owner, numbers(count, first), count);
  await contactSync.close();
  return { first, owner };
}

/** Links over HTTP, so many numbers from the first one on. */
async function linkAll({ address }: ServiceProcess, first: number, count: number) {
  for (let n = first; n < first + count; n += 1) {
    const response = await fetch(`${address}/api/v1/users/${randomUUID()}/phones`, {
      method: "PUT",
      headers: { authorization: `Bearer ${SERVICE_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ phoneNumber: numberOf(n) }),
    });
    expect(response.status).toBe(200);
  }
}

const hashes = (first: number, count: number) =>
  Array.from({ length: count }, (_, place) => hashOf(first + place)).sort();

test("each message arrives, with one id, though its worker is killed in the middle of sending it", async () => {
  const { url, received, answer } = await receiver(hang);
  const { first, owner } = await newBook(MESSAGES);
  const one = await serve(url);
  await linkAll(one, first, MESSAGES);
  await until("it is sending", () => received.length >= 5);
  const begun = received.length;
  one.kill("SIGKILL");
  await one.ended;
  expect(await left()).toBe(MESSAGES);

  answer(status(204));
  await letTimePass();
  const others = await Promise.all([serve(url), serve(url)]);
  await until("all have arrived", async () => (await left()) === 0);
  const ids = new Map(received.map(({ data, id }) => [data.phone_hash, id]));
  expect([...ids.keys()].sort()).toEqual(hashes(first, MESSAGES));
  // What was begun came again with the id it had.
  for (const { data, id } of received.slice(0, begun)) expect(ids.get(data.phone_hash)).toBe(id);
  expect(new Set(received.map(({ id }) => id)).size).toBe(MESSAGES);
  expect(new Set(received.flatMap(({ data }) => data.owners))).toEqual(new Set([owner]));

  // Clean ends, too.
  for (const service of others) {
    service.kill("SIGTERM");
    expect(await service.ended).toEqual({ signal: null, code: 0 });
  }
});

test("each message arrives though the database dies under the service", async () => {
  const { url, received } = await receiver((response) => {
    setTimeout(() => response.writeHead(204).end(), 50);
  });
  const { first } = await newBook(MESSAGES);
  const service = await serve(url);
  const ROUNDS = 4;
  for (let round = 0; round < ROUNDS; round += 1) {
    const part = MESSAGES / ROUNDS;
    const before = received.length;
    await linkAll(service, first + round * part, part);
    await until("some are being sent", () => received.length > before);
    await restartDatabase();
    // The service goes on by itself.
    await until("it is ready again", async () => (await fetch(`${service.address}/readyz`)).ok);
  }
  await letTimePass();
  await until("all have arrived", async () => (await left()) === 0);
  const told = new Map(received.map(({ data, id }) => [data.phone_hash, id]));
  expect([...told.keys()].sort()).toEqual(hashes(first, MESSAGES));
  for (const { data, id } of received) expect(told.get(data.phone_hash)).toBe(id);
  expect(service.isRunning()).toBe(true);
});

test("a message that is being sent is ended before the service is", async () => {
  const { url, received, answer } = await receiver(hang);
  const { first } = await newBook(1);
  const service = await serve(url);
  const held: (() => void)[] = [];
  answer((response) => held.push(() => response.writeHead(204).end()));
  await linkAll(service, first, 1);
  await until("it is sending", () => held.length === 1);
  service.kill("SIGTERM");
  await until("it stops", () => service.output().includes("Stopping."));
  for (const end of held) end();
  expect(await service.ended).toEqual({ signal: null, code: 0 });
  expect(received).toHaveLength(1);
  expect(await left()).toBe(0);
});

test("links made by the command line are told while a service runs", async () => {
  const { url, received } = await receiver();
  const { first } = await newBook(1);
  await serve(url);
  // A process that knows nothing of webhooks.
  const contactSync = await createContactSync({ database: connectionString, key: TEST_KEY });
  await contactSync.link(randomUUID(), numberOf(first));
  await contactSync.close();
  await until("it is told", () => received.length > 0);
});

test("a receiver that is dead costs a link nothing: none waits for it", async () => {
  const { url, received } = await receiver(hang);
  const { first } = await newBook(MESSAGES);
  const service = await serve(url);
  await linkAll(service, first, 15);
  await until("all that can be sent are sent", () => received.length >= 10);
  const metrics = async () => (await fetch(`${service.address}/metrics`)).text();
  const figureIn = (text: string, name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  await linkAll(service, first + 15, MESSAGES - 15);
  await until("those who watch see them", async () => {
    const text = await metrics();
    return (
      figureIn(text, "contact_sync_webhook_messages_waiting") === MESSAGES &&
      figureIn(text, "contact_sync_webhook_oldest_seconds") > 0
    );
  });
  await until("and that they fail", async () =>
    /contact_sync_webhook_deliveries_total\{result="timeout"\} [1-9]/.test(await metrics()),
  );
  expect(service.output()).toMatch(/"failure":"timeout"/);
  const told = [await metrics(), service.output()].join("\n");
  for (const hash of hashes(first, MESSAGES)) expect(told).not.toContain(hash);
  for (const { data } of received) expect(service.output()).not.toContain(data.phone_hash);
});
