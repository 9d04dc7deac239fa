import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { Engine } from "../../engine/engine.ts";
import type { Metrics } from "../metrics.ts";

/** An endpoint: a Fastify plugin whose types follow from its schemas. */
export type Route<Options extends object = { engine: Engine }> = FastifyPluginAsyncTypebox<Options>;

/** Of the endpoints that write, which the metrics count. */
export type CountedRoute = Route<{ engine: Engine; metrics: Metrics }>;
