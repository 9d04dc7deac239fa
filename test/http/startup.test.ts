import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type ServeOptions, type Service, serve } from "../../src/http/serve.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { startRefusingServer } from "../support/refusing-server.ts";
import { refusal } from "../support/use-contact-sync.ts";
import { JWT_SECRET } from "./support.ts";

describePostgres("the start", (server) => {
  const database = useDatabase(server);
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  function start(
    databaseUrl: string,
    seconds: string,
    options: Partial<ServeOptions> = {},
  ): { service: Promise<Service>; log: { level: number; msg: string; reason?: string }[] } {
    const log: { level: number; msg: string }[] = [];
    const service = serve({
      environment: {
        DATABASE_URL: databaseUrl,
        CONTACT_SYNC_KEY: TEST_KEY,
        CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
        CONTACT_SYNC_STARTUP_WAIT_SECONDS: seconds,
        HOST: "127.0.0.1",
        PORT: "0",
      },
      announce: () => {},
      log: { write: (line: string) => log.push(JSON.parse(line)) },
      ...options,
    });
    service.then(({ stop }) => closing.push(stop)).catch(() => {});
    return { service, log };
  }

  /** A port that leads to the test's server from the moment it is opened. */
  async function startDoor() {
    const url = new URL(database().connectionString.replace("@/", "@socket/"));
    const host = url.searchParams.get("host") as string;
    const inside = Number(url.searchParams.get("port"));
    const door = createServer((socket) => {
      const inner = host.startsWith("/")
        ? connect(`${host}/.s.PGSQL.${inside}`)
        : connect(inside, host);
      socket.pipe(inner).pipe(socket);
      for (const one of [socket, inner]) one.on("error", () => {});
    });
    door.listen(0, "127.0.0.1");
    await once(door, "listening");
    const { port } = door.address() as AddressInfo;
    door.close();
    await once(door, "close");
    return {
      url: `postgresql://postgres@127.0.0.1:${port}${url.pathname}`,
      async open() {
        door.listen(port, "127.0.0.1");
        await once(door, "listening");
        closing.unshift(async () => door.close());
      },
    };
  }

  test("says which port is taken, and what to set", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    closing.push(async () => other.close());
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const environment = {
      DATABASE_URL: database().connectionString,
      CONTACT_SYNC_KEY: TEST_KEY,
      CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
      HOST: "127.0.0.1",
      PORT: String(port),
    };
    const { service } = start(database().connectionString, "1", { environment });
    const error = await refusal(service, "INVALID_CONFIGURATION");
    expect(error.message).toContain(`port ${port} of 127.0.0.1: another process listens there`);
  });

  test("waits for a database that is not there yet, and says so", async () => {
    const door = await startDoor();
    const { service, log } = start(door.url, "60");
    await expect.poll(() => log.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(log[0]).toMatchObject({
      level: 40,
      msg: "waiting for the database",
      code: "DATABASE_UNAVAILABLE",
      reason: "UNREACHABLE",
      reported: expect.stringContaining("ECONNREFUSED"),
      waited_seconds: expect.any(Number),
    });
    await door.open();
    const { address } = await service;
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
  });

  test("waits while a server starts or has no connection left", async () => {
    const refusing = await startRefusingServer();
    closing.push(refusing.close);
    for (const [state, sentence, reason] of [
      ["57P03", "the database system is starting up", "STARTING"],
      ["53300", "sorry, too many clients already", "TOO_MANY_CONNECTIONS"],
    ] as const) {
      refusing.refuse(state, sentence);
      const { service, log } = start(refusing.connectionString, "1");
      const error = await refusal(service, "DATABASE_UNAVAILABLE");
      expect(error.details).toMatchObject({ reason });
      expect(log[0]).toMatchObject({ msg: "waiting for the database", reason });
    }
  });

  test.each([
    ["28P01", 'password authentication failed for user "app"', "WRONG_CREDENTIALS"],
    ["3D000", 'database "app" does not exist', "NO_SUCH_DATABASE"],
    ["XX000", "Tenant or user not found", "UNKNOWN_TENANT"],
  ])("does not wait for what will not mend itself: %s", async (state, sentence, reason) => {
    const refusing = await startRefusingServer();
    closing.push(refusing.close);
    refusing.refuse(state, sentence);
    // Would it wait, the test would be over before.
    const { service, log } = start(refusing.connectionString, "3600");
    expect((await refusal(service, "DATABASE_UNAVAILABLE")).details).toMatchObject({ reason });
    expect(log).toEqual([]);
  });

  test("of 0 seconds tries once", async () => {
    const { service, log } = start("postgresql://app@127.0.0.1:1/app", "0");
    await refusal(service, "DATABASE_UNAVAILABLE");
    expect(log).toEqual([]);
  });

  test("is ended by a signal while it waits", async () => {
    const stopping = new AbortController();
    const { service, log } = start("postgresql://app@127.0.0.1:1/app", "3600", {
      signal: stopping.signal,
    });
    await expect.poll(() => log.length).toBeGreaterThan(0);
    stopping.abort();
    await refusal(service, "ABORTED");
  });
});
