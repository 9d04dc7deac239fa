import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../src/database/migrations/migrate.ts";
import { serverUser } from "../../src/embedded/server-user.ts";
import { signToken } from "../../src/security/sign-token.ts";
import { newestMajor } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { binariesOf, startTestServer, type TestServer } from "../support/test-server.ts";
import { until } from "../support/until.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { useServiceProcesses } from "./service-process.ts";
import { JWT_SECRET } from "./support.ts";

const CLIENTS = 8;
const NUMBERS = 150;
// The service's limit, after which a request that a dead connection holds up is answered.
const TIMEOUT_SECONDS = 2;

// The newest major is enough: what is tested is our own process.
const major = newestMajor();
const startService = useServiceProcesses();
let server: TestServer;
let stop: () => Promise<void>;
let restarted: ChildProcess | undefined;
let connectionString: string;

beforeAll(async () => {
  ({ server, stop } = await startTestServer(major));
  const { host, port, superuser } = server;
  connectionString = `postgresql://${superuser}@/postgres?host=${encodeURIComponent(host)}&port=${port}`;
  // What it says is committed has to survive its death.
  await query(connectionString, "alter system set synchronous_commit = 'on'");
  await query(connectionString, "select pg_reload_conf()");
  await migrate({ connectionString });
});

afterAll(async () => {
  if (restarted !== undefined && restarted.exitCode === null) {
    const ended = once(restarted, "exit");
    restarted.kill("SIGQUIT");
    await ended;
  }
  await stop();
});

/** At once and without a word to its clients, as when the machine's power fails. */
async function killDatabase(): Promise<void> {
  const file = join(server.host, "cluster", "postmaster.pid");
  const pid = Number((await readFile(file, "utf8")).split("\n")[0]);
  process.kill(pid, "SIGQUIT");
}

function restartDatabase(): void {
  restarted = spawn(binariesOf(major).postgres, ["-D", join(server.host, "cluster")], {
    ...serverUser(),
    cwd: "/",
    stdio: "ignore",
  });
}

interface Outcome {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

/** A phone: syncs one owner's book after another, and repeats what was not answered with 200. */
class Phone {
  readonly outcomes: Outcome[] = [];
  /** Owners whose sync was answered with 200. */
  readonly done: string[] = [];
  readonly #address: string;
  readonly #sendsKeys: boolean;

  constructor(address: string, sendsKeys: boolean) {
    this.#address = address;
    this.#sendsKeys = sendsKeys;
  }

  async syncUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#syncOne();
  }

  async #syncOne(): Promise<void> {
    const [owner, key] = [randomUUID(), randomUUID()];
    const token = await signToken(JWT_SECRET, {
      role: "authenticated",
      userId: owner,
      expiresInSeconds: 600,
    });
    for (;;) {
      const response = await fetch(`${this.#address}/api/v1/contacts/sync`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          ...(this.#sendsKeys ? { "idempotency-key": key } : {}),
        },
        body: JSON.stringify({ phoneNumbers: numbers(NUMBERS), deviceContactsCount: NUMBERS }),
      });
      const { code } = (await response.json()) as { code?: string };
      this.outcomes.push({
        status: response.status,
        code,
        retryAfter: response.headers.get("retry-after"),
      });
      if (response.status === 200) {
        this.done.push(owner);
        return;
      }
      await delay(20); // sooner than Retry-After asks for
    }
  }
}

test("a database that dies under load costs 503s, and nothing else", async () => {
  const service = await startService(connectionString, {
    CONTACT_SYNC_REQUEST_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    LOG_LEVEL: "warn",
  });
  const phones = Array.from({ length: CLIENTS }, (_, n) => new Phone(service.address, n % 2 === 0));
  let isOver = false;
  const load = Promise.all(phones.map((phone) => phone.syncUntil(() => isOver)));
  /** Until each phone has a further sync that was answered with 200. */
  const untilAllSync = async () => {
    const before = phones.map(({ done }) => done.length);
    await until("every phone has synced", () =>
      phones.every(({ done }, n) => done.length > (before[n] as number)),
    );
  };

  // First its connections die, twice, in the middle of whatever they are at.
  for (let turn = 0; turn < 2; turn += 1) {
    await untilAllSync();
    await query(
      connectionString,
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
  }
  // Then the server, for a while.
  await untilAllSync();
  await killDatabase();
  const ready = await until("it is not ready", async () => {
    const answer = await fetch(`${service.address}/readyz`);
    return answer.status === 503 && answer;
  });
  expect(((await ready.json()) as { code: string }).code).toBe("DATABASE_UNAVAILABLE");
  await until("a phone has been told", () =>
    phones.some(({ outcomes }) => outcomes.at(-1)?.code === "DATABASE_UNAVAILABLE"),
  );
  expect((await fetch(`${service.address}/healthz`)).status).toBe(200);
  expect((await fetch(`${service.address}/metrics`)).status).toBe(200);
  restartDatabase();
  const restartedAt = performance.now();
  await untilAllSync();
  const seconds = (performance.now() - restartedAt) / 1000;
  isOver = true;
  await load;

  expect(service.isRunning()).toBe(true);
  const outcomes = phones.flatMap((phone) => phone.outcomes);
  for (const { status, code, retryAfter } of outcomes) {
    // A key stays claimed for a moment when the database died under its request.
    if (code !== "IDEMPOTENCY_KEY_IN_USE") expect([200, 503]).toContain(status);
    if (status === 503) expect(Number(retryAfter)).toBeGreaterThan(0);
  }
  // Its answer is kept for a moment.
  await until(
    "the service is ready again",
    async () => (await fetch(`${service.address}/readyz`)).status === 200,
  );

  // Every sync that was answered with 200, at the first try or a later one, is there, once.
  const stored = (await query(
    connectionString,
    `select s.owner_id, s.contacts_count,
            (select count(*)::integer from contacts_with_accounts c where c.owner_id = s.owner_id)
              as contacts
       from contact_sync_status s`,
  )) as { owner_id: string; contacts_count: number; contacts: number }[];
  const wholeBooks = phones
    .flatMap((phone) => phone.done)
    .map((owner_id) => ({ owner_id, contacts_count: NUMBERS, contacts: NUMBERS }));
  const byOwner = (rows: { owner_id: string }[]) =>
    rows.toSorted((a, b) => (a.owner_id < b.owner_id ? -1 : 1));
  expect(byOwner(stored)).toEqual(byOwner(wholeBooks));

  const unavailable = outcomes.filter(({ status }) => status === 503).length;
  const inUse = outcomes.filter(({ status }) => status === 409).length;
  console.log(
    `${wholeBooks.length} syncs, ${unavailable} times 503, ${inUse} times 409; all back ${seconds.toFixed(1)} s after the restart`,
  );
});
