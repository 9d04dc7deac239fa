import { ContactSyncError, type ErrorCode } from "@contact-sync/client";
import fastify from "fastify";
import { expect, test } from "vitest";
import { problems } from "../../src/http/plugins/problems.ts";

async function retryAfterOf(code: ErrorCode, seconds: unknown): Promise<unknown> {
  const app = fastify();
  await app.register(problems);
  app.get("/", () => {
    throw new ContactSyncError(code, "no", { details: { retry_after_seconds: seconds } });
  });
  const { headers } = await app.inject("/");
  await app.close();
  return headers["retry-after"];
}

test("Retry-After is a whole number of seconds, whatever an error says", async () => {
  expect(await retryAfterOf("NEW_NUMBER_BUDGET_EXCEEDED", 40)).toBe("40");
  expect(await retryAfterOf("DATABASE_FULL", 60)).toBe("60");
  for (const odd of [Number.POSITIVE_INFINITY, -1, 0.5, Number.NaN, "1\r\nx: y", {}, null]) {
    expect(await retryAfterOf("NEW_NUMBER_BUDGET_EXCEEDED", odd)).toBeUndefined();
    expect(await retryAfterOf("DATABASE_FULL", odd)).toBe("2");
  }
});
