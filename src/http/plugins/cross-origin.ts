import cors from "@fastify/cors";
import fastifyPlugin from "fastify-plugin";

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/i;

/** Whether a text is an origin as browsers send it. */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text);
}

/** Lets pages of the given origins call; without any, no page of another origin may. */
export const crossOrigin = fastifyPlugin<{ origins: readonly string[] }>(
  async (app, { origins }) => {
    if (origins.length === 0) return;
    await app.register(cors, {
      origin: [...origins],
      methods: ["GET", "POST", "PUT", "DELETE"],
      allowedHeaders: ["authorization", "content-type", "idempotency-key"],
      exposedHeaders: [
        "idempotency-replayed",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "server-timing",
        "x-request-id",
      ],
      maxAge: 600,
    });
  },
);
