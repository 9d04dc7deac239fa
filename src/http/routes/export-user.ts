import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { exportUser } from "../../directory/export-user.ts";
import type { Engine } from "../../engine/engine.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers, UserParams } from "../schemas/common.ts";
import { ExportData } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

const DESCRIPTION =
  "All that is held, as JSON, streamed: a book of 1,000,000 contacts has 300 MB. Numbers are phone hashes. An answer that breaks off is no whole JSON, and may be asked for again.";

export const exportOwnRoute: Route = async (app, { engine }) => {
  app.get(
    "/export",
    {
      schema: {
        operationId: "exportMe",
        tags: ["contacts"],
        summary: "Everything that is held about me",
        description: DESCRIPTION,
        response: answers(ExportData),
      },
    },
    async (request, reply) => sendExport(engine, ownerOf(request), reply) as never,
  );
};

export const exportUserRoute: Route = async (app, { engine }) => {
  app.get(
    "/users/:userId/export",
    {
      schema: {
        operationId: "exportUser",
        tags: ["directory"],
        summary: "Everything that is held about a user",
        description: DESCRIPTION,
        params: UserParams,
        response: answers(ExportData),
      },
    },
    async ({ params }, reply) => sendExport(engine, params.userId, reply) as never,
  );
};

/** What is wrong before the first page is an ordinary problem; later, the connection is broken off. */
async function sendExport(engine: Engine, userId: string, reply: FastifyReply) {
  const pieces = await exportUser(engine, userId);
  return reply.type("application/json; charset=utf-8").send(Readable.from(enveloped(pieces)));
}

async function* enveloped(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  yield '{"success":true,"data":';
  yield* pieces;
  yield "}\n";
}
