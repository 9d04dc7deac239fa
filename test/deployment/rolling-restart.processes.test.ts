// Two processes behind a real balancer, restarted one after the other while phones sync.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { useServiceProcesses } from "../http/service-process.ts";
import { JWT_SECRET } from "../http/support.ts";
import { available } from "../support/available.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { ROOT } from "./tools.ts";

/** Debian keeps it where an ordinary user's PATH does not lead. */
const HAPROXY = ["haproxy", "/usr/sbin/haproxy"].find(
  (program) => spawnSync(program, ["-v"]).status === 0,
);
const EXAMPLE = join(ROOT, "examples/deploy/haproxy/haproxy.cfg");
const PHONES = 8;

describe.skipIf(!available("haproxy", HAPROXY !== undefined))("behind HAProxy", () => {
  test("the example's settings are sound", () => {
    const { status, stderr } = spawnSync(HAPROXY as string, ["-c", "-f", EXAMPLE], {
      encoding: "utf8",
    });
    expect({ status, stderr: stderr.replace(/^\[NOTICE\].*\n/gm, "") }).toEqual({
      status: 0,
      stderr: "",
    });
  });

  describePostgres("a service of two processes", (server) => {
    const database = useDatabase(server);
    const startService = useServiceProcesses();
    let folder: string;
    let ports: { front: number; stats: number; one: number; two: number };
    let balancer: ChildProcess | undefined;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "contact-sync-balancer-"));
      const [front, stats, one, two] = (await freePorts(4)) as [number, number, number, number];
      ports = { front, stats, one, two };
    });
    afterEach(async () => {
      balancer?.kill("SIGKILL");
      if (balancer !== undefined && balancer.exitCode === null) await once(balancer, "exit");
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const startBalancer = async () => {
      const file = join(folder, "haproxy.cfg");
      const example = await readFile(EXAMPLE, "utf8");
      const settings = example
        .replace("bind :8080", `bind 127.0.0.1:${ports.front}`)
        .replace("127.0.0.1:3001", `127.0.0.1:${ports.one}`)
        .replace("127.0.0.1:3002", `127.0.0.1:${ports.two}`)
        // It looks more often, so that the test takes less long, and tries nothing again: what would
        // be lost behind a balancer that does not is lost here too.
        .replace("inter 2s", "inter 200ms")
        .replace("backend contact_sync\n", "backend contact_sync\n  retries 0\n");
      await writeFile(
        file,
        `${settings}\nfrontend watched\n  bind 127.0.0.1:${ports.stats}\n  stats enable\n  stats uri /\n`,
      );
      balancer = spawn(HAPROXY as string, ["-db", "-f", file], { stdio: "ignore" });
    };
    const isUp = async (name: string) => {
      const table = await fetch(`http://127.0.0.1:${ports.stats}/;csv`).then(
        (answer) => answer.text(),
        () => "",
      );
      const row = table.split("\n").find((line) => line.startsWith(`contact_sync,${name},`));
      return row?.split(",")[17] === "UP";
    };
    const start = async (port: number) =>
      startService(database().connectionString, {
        PORT: String(port),
        LOG_LEVEL: "info",
        CONTACT_SYNC_DRAIN_SECONDS: "10",
      });

    test("is restarted, one after the other, without a single failed sync", async () => {
      const services = { one: await start(ports.one), two: await start(ports.two) };
      await startBalancer();
      for (const name of ["one", "two"]) await until(`${name} is up`, () => isUp(name));

      const answers = new Map<string, number>();
      let isOver = false;
      const phones = Array.from({ length: PHONES }, (_, index) =>
        phone(ports.front, index, (answer) => {
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
          return isOver;
        }),
      );
      const synced = () => answers.get("200") ?? 0;
      const untilMoreSync = async () => {
        const before = synced();
        await until("phones sync", () => synced() > before + 5 * PHONES);
      };
      await untilMoreSync();
      for (const name of ["one", "two"] as const) {
        services[name].kill("SIGTERM");
        await until("the balancer has noticed", async () => !(await isUp(name)));
        expect(services[name].isRunning()).toBe(true);
        expect(await services[name].ended).toEqual({ code: 0, signal: null });
        await untilMoreSync();
        services[name] = await start(ports[name]);
        await until("the balancer has noticed", () => isUp(name));
        await untilMoreSync();
      }
      isOver = true;
      await Promise.all(phones);
      expect([...answers.keys()]).toEqual(["200"]);
    });

    test("shows the world the API alone", async () => {
      await start(ports.one);
      await startBalancer();
      await until("one is up", () => isUp("one"));
      const status = async (path: string) =>
        (await fetch(`http://127.0.0.1:${ports.front}${path}`)).status;
      /** On a busy machine the balancer may take the only one for down in between. */
      const becomes = (path: string, expected: number) =>
        until(`${path} is answered`, async () => {
          const answered = await status(path);
          if (answered !== 503) expect([path, answered]).toEqual([path, expected]);
          return answered === expected;
        });
      await becomes("/api/v1/contacts", 401);
      await becomes("/.well-known/contact-sync-receipts", 200);
      for (const path of ["/metrics", "/readyz", "/openapi.json", "/docs", "/"]) {
        await becomes(path, 404);
      }
    });
  });
});

/** Syncs one book after another over one connection, as long as it is kept, until it is told to end. */
async function phone(
  port: number,
  index: number,
  onAnswer: (answer: string) => boolean,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let sent = 0; ; sent += 1) {
    const token = await signToken(JWT_SECRET, {
      role: "authenticated",
      userId: randomUUID(),
      expiresInSeconds: 600,
    });
    const answer = await new Promise<string>((resolve) => {
      const request = httpRequest({
        agent,
        port,
        host: "127.0.0.1",
        path: "/api/v1/contacts/sync",
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
      request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      request.on("response", async (response) => {
        const body = await text(response).catch(() => "");
        const code = /"code":"(\w+)"/.exec(body)?.[1];
        resolve([response.statusCode, code].filter(Boolean).join(" "));
      });
      const phoneNumbers = numbers(20, 100 * index + sent);
      request.end(JSON.stringify({ phoneNumbers, deviceContactsCount: 20 }));
    });
    if (onAnswer(answer)) break;
  }
  agent.destroy();
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  });
  const found = await Promise.all(ports);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return found;
}
