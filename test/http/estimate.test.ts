import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

describePostgres("POST /contacts/sync/estimate", (server) => {
  const app = useApp(server);
  const estimate = async (body: unknown, token?: string) =>
    app().request({
      method: "POST",
      url: "/api/v1/contacts/sync/estimate",
      token: token ?? (await app().userToken(randomUUID())),
      body,
    });

  test("answers the guide's request, to users and to the back end", async () => {
    for (const token of [undefined, SERVICE_KEY]) {
      const answer = await estimate({ contactCount: 5000, batchSize: 500 }, token);
      expect(answer.json()).toEqual({
        success: true,
        data: {
          estimated_batch_size: 500,
          estimated_batches: 10,
          estimated_time_seconds: 5,
          estimated_memory_mb: 2.441,
          observed_contacts_per_second: null,
          observed_time_seconds: null,
        },
      });
    }
  });

  test.each([
    [0, 0],
    [1, 1],
    [500, 1],
    [501, 2],
    [2147483647, 4294968],
  ])("of %i contacts: %i batches", async (contactCount, batches) => {
    const { data } = (await estimate({ contactCount, batchSize: 500 })).json();
    expect(data.estimated_batches).toBe(batches);
  });

  test.each([
    [{ contactCount: -1 }, "INVALID_REQUEST"],
    [{ contactCount: 2147483648 }, "INVALID_REQUEST"],
    [{ contactCount: 1.5 }, "INVALID_REQUEST"],
    [{ contactCount: "5" }, "INVALID_REQUEST"],
    [{}, "INVALID_REQUEST"],
    [[], "INVALID_REQUEST"],
    [{ contactCount: 5, batchSize: 99 }, "INVALID_BATCH_SIZE"],
    [{ contactCount: 5, batchSize: 1001 }, "INVALID_BATCH_SIZE"],
  ])("refuses %j", async (body, code) => {
    expect((await estimate(body)).json()).toMatchObject({ success: false, code, status: 400 });
  });
});
