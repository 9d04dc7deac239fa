import { randomUUID } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { holdOwner } from "./held-owner.ts";
import { type ServiceProcess, useServiceProcesses } from "./service-process.ts";
import { JWT_SECRET } from "./support.ts";

/** How long an idle connection would keep a process that waited for it: Fastify's default. */
const KEEP_ALIVE_MS = 72_000;

interface HttpAnswer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: { success: boolean; code?: string; data?: { contacts_inserted: number } };
}

/** A request whose head is half sent, so that its connection is not an idle one. */
function openRequest({ address }: ServiceProcess) {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\n`);
  return {
    /** Sends the rest and gives the whole answer, to the end of the connection. */
    finish: () => {
      socket.write("\r\n");
      return text(socket);
    },
  };
}

describePostgres("a service that is told to stop", (server) => {
  const database = useDatabase(server);
  const startService = useServiceProcesses();

  /** A client of its own, whose one connection stays open between its requests. */
  function openClient({ address }: ServiceProcess, owner: string) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (path: string, body?: unknown): Promise<HttpAnswer> => {
      const token = await signToken(JWT_SECRET, {
        role: "authenticated",
        userId: owner,
        expiresInSeconds: 60,
      });
      const request = httpRequest(`${address}/api/v1/contacts/${path}`, {
        agent,
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
      return new Promise((resolve, reject) => {
        request.on("error", reject).on("response", async (response) => {
          resolve({
            status: response.statusCode ?? 0,
            connection: response.headers.connection,
            body: JSON.parse(await text(response)),
          });
        });
      });
    };
    return {
      summary: () => send("summary"),
      sync: () => send("sync", { phoneNumbers: numbers(20), deviceContactsCount: 20 }),
    };
  }

  const storedOf = async (owner: string): Promise<number> => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as stored from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    return rows[0].stored;
  };

  const untilStopping = async (service: ServiceProcess) => {
    await until("it says so", () => service.output().includes("Stopping."));
    // A moment later it listens no more.
    await until("it listens no more", () =>
      fetch(`${service.address}/healthz`).then(
        () => false,
        () => true,
      ),
    );
  };

  test.each([
    "SIGTERM",
    "SIGINT",
  ] as const)("by %s answers what is under way, turns away what is new, and ends by itself", async (signal) => {
    const service = await startService(database().connectionString);
    const [owner, other] = [randomUUID(), randomUUID()];
    const [busy, second] = [openClient(service, owner), openClient(service, owner)];
    const held = await holdOwner(database(), owner);
    const inFlight = [busy.sync(), second.sync()];
    await held.untilAwaited();
    const late = openRequest(service);
    // What came after it has been answered, so it has come.
    for (const _ of ["once", "again"]) await (await fetch(`${service.address}/healthz`)).text();

    service.kill(signal);
    await untilStopping(service);
    expect(await late.finish()).toMatch(/^HTTP\/1\.1 503 [\s\S]*"OVERLOADED"/);
    await expect(openClient(service, other).sync()).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    await held.release();

    const answers = await Promise.all(inFlight);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(({ connection }) => connection)).toEqual(["close", "close"]);
    expect(answers.map(({ body }) => body.data?.contacts_inserted).sort()).toEqual([0, 20]);
    const answered = performance.now();
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - answered).toBeLessThan(KEEP_ALIVE_MS / 2);

    expect(await storedOf(owner)).toBe(20);
  });

  test("tells so for a while first where it is told to, and answers on", async () => {
    const service = await startService(database().connectionString, {
      CONTACT_SYNC_DRAIN_SECONDS: "600",
    });
    const client = openClient(service, randomUUID());
    expect(await client.sync()).toMatchObject({ status: 200, connection: "keep-alive" });
    const readiness = () => fetch(`${service.address}/readyz`);
    expect((await readiness()).status).toBe(200);

    service.kill("SIGTERM");
    await until("it is not ready any more", async () => (await readiness()).status === 503);
    expect(await (await readiness()).json()).toMatchObject({ code: "OVERLOADED" });
    expect(await client.sync()).toMatchObject({ status: 200, connection: "close" });
    // Whoever restarts what is dead has no reason to.
    expect((await fetch(`${service.address}/healthz`)).status).toBe(200);
    // A second signal waits for nothing.
    service.kill("SIGTERM");
    expect(await service.ended).toEqual({ code: 143, signal: null });
  });

  test("ends at once when nothing is under way, kept-alive connections or not", async () => {
    const service = await startService(database().connectionString);
    const client = openClient(service, randomUUID());
    expect((await client.summary()).status).toBe(200);
    const startedAt = performance.now();
    service.kill("SIGTERM");
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(KEEP_ALIVE_MS / 2);
  });

  test("ends at once at the second signal, and leaves nothing half-written", async () => {
    const service = await startService(database().connectionString);
    const owner = randomUUID();
    const held = await holdOwner(database(), owner);
    const lost = openClient(service, owner)
      .sync()
      .catch((error: NodeJS.ErrnoException) => error.code);
    await held.untilAwaited();
    service.kill("SIGTERM");
    await untilStopping(service);
    expect(service.isRunning()).toBe(true);
    service.kill("SIGTERM");
    expect(await service.ended).toEqual({ code: 143, signal: null });
    expect(await lost).toBe("ECONNRESET");
    await held.release();

    // All or nothing: the database may have come to its end with it, or not.
    expect([0, 20]).toContain(await storedOf(owner));
  });
});
