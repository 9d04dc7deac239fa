// docs/http.md has every endpoint and metric, and its answers have the form that the schemas say.
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { DeliveryCounts } from "../../src/events/delivery-counts.ts";
import { createApp } from "../../src/http/app.ts";
import { showPublicKeys } from "../../src/http/key-metrics.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { showSuspects } from "../../src/http/suspect-metrics.ts";
import { showWebhooks } from "../../src/http/webhook-metrics.ts";
import { createPublicKeys } from "../../src/security/public-keys.ts";
import { readDocument, type Section, sectionsOf } from "../acceptance/support/markdown.ts";
import { allOnBehalf } from "./on-behalf.ts";

/** Nothing is called here, only described. */
const USERS = { kind: "uuid", form: "a UUID", read: () => undefined };
const ENGINE = { store: {}, fingerprints: {}, users: USERS } as never;
const WITHOUT_DESCRIPTION = ["GET /openapi.json", "GET /docs", "GET /dashboard"];

const SECTIONS = sectionsOf(await readDocument("docs/http.md"));
const DOCUMENTED = SECTIONS.filter(({ heading }) => endpointsOf(heading).length > 0);
/** From "For a user" to the next heading of its level. */
const OF_USERS = SECTIONS.slice(
  SECTIONS.findIndex(({ heading }) => heading === "For a user"),
  SECTIONS.findIndex(({ heading }) => heading === "For the app's back end"),
);
const RESPONSES = await responseSchemas();

test("every endpoint has a heading, and every heading an endpoint", () => {
  const headings = DOCUMENTED.flatMap(({ heading }) => endpointsOf(heading));
  // One section tells of all of these.
  const behalf = allOnBehalf(OF_USERS.flatMap(({ heading }) => endpointsOf(heading)));
  expect(behalf.length).toBeGreaterThan(20);
  expect([...new Set([...headings, ...behalf])].sort()).toEqual(
    [...RESPONSES.keys(), ...WITHOUT_DESCRIPTION].sort(),
  );
});

describe("the answers shown have the form that the schema says", () => {
  const shown = DOCUMENTED.flatMap((section) =>
    answersOf(section).map((answer) => ({ heading: section.heading, answer })),
  );

  test("there are answers for most", () => expect(shown.length).toBeGreaterThan(12));

  test.each(shown)("$heading", ({ heading, answer }) => {
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    const schemas = endpointsOf(heading).flatMap((endpoint) => RESPONSES.get(endpoint) ?? []);
    expect(schemas.some((schema) => ajv.validate(closed(schema), answer))).toBe(true);
  });
});

test("every metric of our own has a row", async () => {
  const { registry } = createMetrics(ENGINE, {} as never);
  showPublicKeys(registry, createPublicKeys("http://nowhere.invalid"));
  showSuspects(registry, {} as never);
  showWebhooks(registry, {} as never, new DeliveryCounts());
  const ours = registry.getMetricsAsArray().map(({ name }) => name);
  const text = SECTIONS.map((section) => section.text).join("\n");
  const rows = [...text.matchAll(/^\| `(contact_sync_\w+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(ours.filter((name) => name.startsWith("contact_sync_")).sort());
});

/** Of a heading such as "`PUT` and `DELETE /api/v1/…/phones`". */
function endpointsOf(heading: string): string[] {
  const methods = heading.match(/\b(GET|POST|PUT|DELETE)\b/g) ?? [];
  const paths = heading.match(/\/[\w/{}.-]+/g) ?? [];
  return [...new Set(methods)].flatMap((method) => paths.map((path) => `${method} ${path}`));
}

async function responseSchemas(): Promise<Map<string, object>> {
  const app = await createApp({
    engine: ENGINE,
    verifyToken: () => Promise.reject(new Error("nobody calls")),
    logger: pino({ level: "silent" }),
    limits: { perAddress: 0, perOwner: 0 },
    checkReadiness: () => Promise.resolve(),
    requestSeconds: 30,
  });
  await app.ready();
  const { paths = {}, components } = app.swagger() as unknown as Description;
  await app.close();
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => [
        `${method.toUpperCase()} ${path}`,
        // With what its references point to.
        { ...responses["200"]?.content["application/json"]?.schema, components },
      ]),
    ),
  );
}

interface Description {
  readonly paths?: Record<string, Record<string, { responses: Responses }>>;
  readonly components?: object;
}
type Responses = Record<string, { content: Record<string, { schema: object }> } | undefined>;

/** The JSON of a section, whole or a value a line; not what is shown in part. */
function answersOf({ fences }: Section): unknown[] {
  return fences
    .filter(({ language, code }) => language === "json" && !code.includes("…"))
    .flatMap(({ code }) => {
      const lines = code.split("\n");
      const isByLine = lines.every((line) => line.startsWith("{") && line.endsWith("}"));
      return (isByLine ? lines : [code]).map((text) => JSON.parse(text));
    });
}

/** The schema, with no room for fields that it does not name. */
function closed(schema: object): object {
  const parts = Object.entries(schema).map(([key, value]) => [
    key,
    typeof value === "object" && value !== null && !Array.isArray(value) ? closed(value) : value,
  ]);
  const rest = "properties" in schema ? { additionalProperties: false } : {};
  return { ...Object.fromEntries(parts), ...rest };
}
