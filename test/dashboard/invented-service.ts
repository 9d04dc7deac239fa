// The page, and an API that answers with what was invented: for states that a real service is not
// easily brought into.
import type { Erasure } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import fastify, { type FastifyReply } from "fastify";
import { dashboard } from "../../src/http/plugins/dashboard.ts";
import {
  daysOf,
  EXPLANATION,
  emptyDays,
  emptyOverviewAt,
  FINDINGS,
  failedMessagesAt,
  failuresAt,
  overviewAt,
  reportAt,
  SETTINGS,
  strangerOf,
  suspectsAt,
  waitingMessagesAt,
} from "./invented.ts";

export const KEY = "a service key of thirty-two characters or more";

/** Noon of a Friday: dates in pictures stay as they are. */
export const NOW = Date.parse("2026-11-27T12:00:00Z");

export type Trouble = "none" | "away" | "expired" | "silent" | "proxy" | "fault";

export interface InventedService {
  readonly address: string;
  /** What is wrong with it from now on. */
  trouble: Trouble;
  /** While it is away: when it asks to be asked again. */
  retryAfterSeconds: number;
  /** Of nobody yet, or where nothing is wrong. */
  isEmpty: boolean;
  /** There since this morning. */
  isNew: boolean;
  /** Every request to the API, as `POST admin/webhooks/replay {}`. */
  readonly asked: string[];
  /** The paths of those that came while it was away. */
  readonly missed: string[];
  stop(): Promise<void>;
}

export async function startInventedService(): Promise<InventedService> {
  const app = fastify({
    forceCloseConnections: true,
    // An id of 255 characters.
    routerOptions: { maxParamLength: 1_020 },
  });
  const service = {
    address: "",
    trouble: "none" as Trouble,
    retryAfterSeconds: 2,
    isEmpty: false,
    isNew: false,
    asked: [] as string[],
    missed: [] as string[],
    stop: () => app.close(),
  };
  const erased = new Set<string>();
  const released = new Set<string>();
  const replayed = new Set<string>();

  const empty = (): boolean => service.isEmpty;
  const ok = (data: unknown) => ({ success: true, data });

  await app.register(dashboard);
  await app.register(
    async (api) => {
      api.addHook("onRequest", async (request, reply) => {
        if (service.trouble === "silent") return request.raw.socket.destroy();
        if (service.trouble === "away") {
          service.missed.push(request.url);
          reply.header("retry-after", service.retryAfterSeconds);
          return problem(reply, "DATABASE_UNAVAILABLE", "the database does not answer");
        }
        if (service.trouble === "proxy") return reply.code(502).type("text/html").send("<h1>502");
        if (service.trouble === "fault") return problem(reply, "INTERNAL", "something went wrong");
        const { authorization } = request.headers;
        if (service.trouble === "expired" || authorization === "Bearer expired-token") {
          return problem(reply, "UNAUTHENTICATED", "the token has expired");
        }
        if (authorization === "Bearer a-users-token") {
          return problem(reply, "NOT_ALLOWED", "only the app's back end may do this");
        }
        if (authorization !== `Bearer ${KEY}`) {
          return problem(reply, "UNAUTHENTICATED", "the token is malformed");
        }
        return undefined;
      });
      api.addHook("preHandler", async ({ method, url, body }) => {
        const path = url.slice("/api/v1/".length);
        service.asked.push([method, path, ...(body ? [JSON.stringify(body)] : [])].join(" "));
      });
      api.get("/admin/overview", async () => ok(empty() ? emptyOverviewAt(NOW) : overviewAt(NOW)));
      api.get<{ Querystring: { days: string } }>("/admin/history", async ({ query }) => {
        const days = Number(query.days);
        const [before, all] = [emptyDays(days, NOW), daysOf(days, NOW)];
        if (service.isNew) return ok({ days: [...before.slice(0, -1), ...all.slice(-1)] });
        return ok({ days: empty() ? before : all });
      });
      api.get("/admin/failures", async () => ok(empty() ? { failures: [] } : failuresAt(NOW)));
      api.get("/admin/suspects", async () => {
        const suspects = suspectsAt(NOW).map((suspect) =>
          released.has(suspect.owner_id)
            ? { ...suspect, held_at: null, released_at: new Date(NOW).toISOString() }
            : suspect,
        );
        return ok({ suspects: empty() ? [] : suspects });
      });
      api.post<{ Params: { userId: string } }>(
        "/admin/suspects/:userId/release",
        async ({ params }) => {
          released.add(params.userId);
          return ok({ released: true });
        },
      );
      api.get<{ Querystring: { state: string } }>("/admin/webhooks", async ({ query }) => {
        const all = query.state === "failed" ? failedMessagesAt(NOW) : waitingMessagesAt(NOW);
        const messages = all.filter(({ message_id }) => !replayed.has(message_id));
        return ok({ messages: empty() ? [] : messages });
      });
      api.post<{ Body: { message_ids?: string[] } }>("/admin/webhooks/replay", async ({ body }) => {
        const failed = failedMessagesAt(NOW).map(({ message_id }) => message_id);
        const ids = (body.message_ids ?? failed).filter((id) => !replayed.has(id));
        for (const id of ids) replayed.add(id);
        return ok({ replayed: ids.length });
      });
      api.get("/admin/doctor", async () => ok(empty() ? { findings: [] } : FINDINGS));
      api.get("/admin/settings", async () => ok(SETTINGS));
      api.get<{ Params: { userId: string } }>("/admin/users/:userId", async ({ params }) => {
        const isStranger = erased.has(params.userId) || params.userId === "nobody";
        return ok(isStranger ? strangerOf(params.userId) : reportAt(params.userId, NOW));
      });
      api.post("/admin/users/:userId/explain", async () => ok(EXPLANATION));
      api.get<{ Params: { userId: string } }>("/users/:userId/export", async ({ params }) =>
        ok({ user_id: params.userId, exported_at: new Date(NOW).toISOString(), contacts: [] }),
      );
      api.delete<{ Params: { userId: string } }>("/users/:userId", async ({ params }) => {
        erased.add(params.userId);
        const erasure: Erasure = {
          contacts_deleted: 351,
          phones_unlinked: 1,
          given_links_removed: 0,
          runs_folded: 20,
          receipt: `eyJhbGciOiJFZERTQSJ9.${"eyJzdWIiOiJh".repeat(24)}.${"c2lnbmF0dXJl".repeat(6)}`,
        };
        return ok(erasure);
      });
      api.post<{ Body: { contactCount: number; batchSize?: number } }>(
        "/contacts/sync/estimate",
        async ({ body: { contactCount, batchSize = 1_000 } }) =>
          ok({
            estimated_batch_size: batchSize,
            estimated_batches: Math.ceil(contactCount / batchSize),
            estimated_time_seconds: Math.ceil(contactCount / 1_000),
            estimated_memory_mb: (contactCount * 0.5) / 1_000,
            observed_contacts_per_second: 22_940,
            observed_time_seconds: contactCount / 22_940,
          }),
      );
    },
    { prefix: "/api/v1" },
  );
  service.address = await app.listen({ port: 0, host: "127.0.0.1" });
  return service;
}

function problem(reply: FastifyReply, code: keyof typeof ERRORS, detail: string) {
  const { status, title, cure } = ERRORS[code];
  return reply
    .code(status)
    .type("application/problem+json")
    .send({
      success: false,
      code,
      message: `${code}: ${detail}`,
      type: `urn:contact-sync:error:${code}`,
      title,
      status,
      detail,
      cure,
      request_id: "352cae00-740d-4af2-962d-8cde99be06f9",
    });
}
