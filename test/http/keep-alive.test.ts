import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve } from "../../src/http/serve.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { JWT_SECRET } from "./support.ts";

describePostgres("a connection", (server) => {
  const database = useDatabase(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const stops: (() => Promise<void>)[] = [];
  let start: (seconds?: string) => Promise<string>;

  beforeAll(() => {
    start = async (seconds) => {
      const { address, stop } = await serve({
        environment: {
          DATABASE_URL: database().connectionString,
          CONTACT_SYNC_KEY: TEST_KEY,
          CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
          HOST: "127.0.0.1",
          PORT: "0",
          LOG_LEVEL: "silent",
          ...(seconds === undefined ? {} : { CONTACT_SYNC_KEEP_ALIVE_SECONDS: seconds }),
        },
        announce: () => {},
      });
      stops.push(stop);
      return address;
    };
  });
  afterAll(async () => {
    agent.destroy();
    for (const stop of stops) await stop();
  });

  async function ask(address: string) {
    const request = get(`${address}/healthz`, { agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const { socket } = response;
    response.resume();
    await once(response, "end");
    return {
      isReused: request.reusedSocket,
      told: response.headers["keep-alive"],
      socket,
    };
  }

  test("is kept for longer than the usual balancer's minute, unless said otherwise", async () => {
    const address = await start();
    expect(await ask(address)).toMatchObject({ isReused: false, told: "timeout=75" });
    expect(await ask(address)).toMatchObject({ isReused: true });
    expect((await ask(await start("620"))).told).toBe("timeout=620");
  });

  test("is closed when it was idle for as long as that", async () => {
    const { socket, told } = await ask(await start("1"));
    expect(told).toBe("timeout=1");
    if (!socket.closed) await once(socket, "close");
  });
});
