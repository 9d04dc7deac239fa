import { createServer } from "node:http";
import fastify, { type InjectOptions, type LightMyRequestResponse } from "fastify";
import inject from "light-my-request";
import type pg from "pg";
import {
  contactSyncPlugin,
  createHandler,
  createListener,
  type MountOptions,
} from "../../../src/http/mount/index.ts";
import { createContactSync } from "../../../src/index.ts";
import { TEST_KEY } from "../../support/key.ts";

const BASE = "/mounted/here";

/** The ways of mounting. */
export type Mounting = "handler" | "listener" | "plugin";

/** The service mounted in an app, below a path, and asked as if it were one by itself. */
export interface MountedService {
  request(request: InjectOptions): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

export async function mountOn(
  through: Mounting,
  pool: pg.Pool,
  settings: MountOptions<unknown>,
  log: string[],
): Promise<MountedService> {
  const contactSync = await createContactSync({ database: pool, key: TEST_KEY });
  const options = {
    ...settings,
    basePath: BASE,
    addressOf: () => "192.0.2.1",
    documentation: true,
    metrics: true,
    logger: ({ message, ...line }) => {
      log.push(JSON.stringify({ ...line, msg: message }));
    },
  } satisfies MountOptions<unknown>;
  const below = ({ url, ...request }: InjectOptions) => ({ ...request, url: `${BASE}${url}` });
  switch (through) {
    case "handler": {
      const handler = createHandler(contactSync, options);
      return {
        request: async (request) => answerOf(await handler(requestOf(below(request)))),
        close: () => contactSync.close(),
      };
    }
    case "listener": {
      const server = createServer(createListener(contactSync, options));
      return {
        request: (request) =>
          inject((...pair) => server.emit("request", ...pair), below(request)) as never,
        close: () => contactSync.close(),
      };
    }
    case "plugin": {
      const app = fastify();
      const { basePath, ...rest } = options;
      await app.register(contactSyncPlugin, { prefix: BASE, contactSync, ...rest });
      return {
        request: (request) => app.inject(below(request)),
        close: async () => {
          await app.close();
          await contactSync.close();
        },
      };
    }
  }
}

function requestOf({ method, url, headers, payload }: InjectOptions): Request {
  return new Request(`http://localhost${url}`, {
    method: method as string,
    headers: headers as Record<string, string>,
    ...(payload === undefined || method === "GET" || method === "HEAD"
      ? {}
      : { body: payload as string }),
  });
}

/** As the tests of the service read answers. */
async function answerOf(response: Response): Promise<LightMyRequestResponse> {
  const rawPayload = Buffer.from(await response.arrayBuffer());
  const body = rawPayload.toString();
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    rawPayload,
    payload: body,
    body,
    json: () => JSON.parse(body),
  } as LightMyRequestResponse;
}
