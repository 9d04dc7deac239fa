import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import type { FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { serverSentence } from "../../database/errors.ts";
import { describeFault } from "../described-fault.ts";
import { problemOf } from "../problem.ts";
import { Problem } from "../schemas/common.ts";

// Seconds a client waits before it tries again what the service could not do just now.
const RETRY_AFTER_SECONDS = 2;

/** Every fault becomes problem details; only those of ours reach the log, without what was sent. */
export const problems = fastifyPlugin(async (app) => {
  app.addSchema(Problem);
  app.setErrorHandler(answerProblem);

  app.setNotFoundHandler(() => {
    throw new ContactSyncError("NOT_FOUND", "there is no such endpoint");
  });
});

/** Answers with the problem that a fault is, and with the headers that belong to its status. */
export function answerProblem(fault: Error, request: FastifyRequest, reply: FastifyReply) {
  const body = problemOf(fault, request);
  request.problemCode = body.code;
  if (body.status >= 500) {
    const { cause } = fault;
    // An outage of the key server is logged when it begins and ends, not at every token.
    const level = body.code === "KEYS_UNAVAILABLE" ? "debug" : "error";
    request.log[level](
      {
        code: body.code,
        reason: body.details?.["reason"],
        reported: isContactSyncError(fault) ? serverSentence(fault) : undefined,
        fault: body.code === "INTERNAL" ? describeFault(cause ?? fault) : undefined,
      },
      "request failed",
    );
  }
  const seconds = body.details?.["retry_after_seconds"];
  if (Number.isSafeInteger(seconds) && Number(seconds) >= 0) {
    reply.header("retry-after", seconds);
  } else if (body.status === 503 && !reply.hasHeader("retry-after")) {
    reply.header("retry-after", RETRY_AFTER_SECONDS);
  }
  if (body.status === 401) reply.header("www-authenticate", 'Bearer realm="contact-sync"');
  return reply.code(body.status).type("application/problem+json").send(body);
}
