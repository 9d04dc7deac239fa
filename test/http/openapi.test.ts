import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { beforeAll, describe, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import {
  type Document,
  type Operation,
  operationsOf,
  publishedDocument,
  type Schema,
} from "./openapi-document.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

describePostgres("/openapi.json", (server) => {
  const app = useApp(server);
  let document: Document;
  let operations: Operation[];

  beforeAll(async () => {
    document = await publishedDocument(app());
    operations = operationsOf(document);
  });

  test("is of OpenAPI 3.1, with a title and the package's version", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.info).toMatchObject({ title: "contact-sync", version: expect.any(String) });
    expect(operations.length).toBeGreaterThanOrEqual(18);
  });

  test("names every operation once, by a name that programs can bear", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  test("says what each operation is for, under a tag of the document", () => {
    const tags = document.tags?.map(({ name }) => name);
    for (const { operationId, summary, tags: [tag, ...others] = [] } of operations) {
      expect(summary, operationId).toMatch(/^[A-Z].*[^.]$/);
      expect(others, operationId).toEqual([]);
      expect(tags, operationId).toContain(tag);
    }
  });

  test("demands a bearer token for all of /api, and for nothing else", () => {
    const bearer = { type: "http", scheme: "bearer", description: expect.any(String) };
    expect(document.components?.["securitySchemes"]).toEqual({ user: bearer, service: bearer });
    for (const { path, security } of operations) {
      if (path.startsWith("/api/")) expect(security?.length, path).toBeGreaterThan(0);
      else expect(security, path).toBeUndefined();
    }
  });

  test("says of every operation whose token it takes, as it is found out by asking", async () => {
    const unlisted = await app().userToken(crypto.randomUUID());
    for (const { method, path, security = [], description } of operations) {
      const url = path.replace("{part}", "0").replace(/\{\w+\}/g, "x");
      const isTaken = async (token: string | undefined) => {
        const { statusCode } = await app().request({ method, url, token });
        return statusCode !== 401 && statusCode !== 403;
      };
      const takes = { user: await isTaken(unlisted), service: await isTaken(SERVICE_KEY) };
      const isOpen = await isTaken(undefined);
      const said = Object.fromEntries(
        Object.keys(takes).map((name) => [name, isOpen || security.some((one) => name in one)]),
      );
      expect(said, `${method} ${path}`).toEqual(takes);
      const words = isOpen
        ? "none"
        : takes.user && takes.service
          ? "a user's, or the back end's"
          : takes.user
            ? "a user's"
            : "the back end's";
      expect(description?.split("\n")[0], `${method} ${path}`).toBe(`**Token:** ${words}.`);
    }
  });

  test("has the operations in the order in which one needs them", () => {
    const tags = operations.map(({ tags: [tag] = [] }) => tag as string);
    const firsts = tags.filter((tag, place) => tags.indexOf(tag) === place);
    expect(firsts).toEqual(document.tags?.map(({ name }) => name));
    const ids = operations.map(({ operationId }) => operationId);
    const wanted = [
      "syncContacts",
      "syncDelta",
      "estimateSync",
      "listChanges",
      "listContacts",
      "setDiscoverability",
      "linkPhone",
      "eraseUser",
      "getReadiness",
    ];
    expect(ids.filter((id) => wanted.includes(id))).toEqual(wanted);
    expect(ids[0]).toBe("syncContacts");
  });

  test("describes every parameter, and every name in a path is one", () => {
    for (const { path, parameters } of operations) {
      const inPath = parameters.filter((one) => one.in === "path");
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name)).toEqual(named);
      expect(inPath.every(({ required }) => required === true)).toBe(true);
      for (const { name, description } of parameters) {
        expect(description, `${path} ${name}`).toMatch(/\w/);
      }
    }
  });

  test("describes success and failure of every operation", () => {
    const problem = {
      "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
    };
    for (const { path, responses } of operations) {
      expect(responses["200"]?.description, path).not.toBe("Default Response");
      expect(responses["200"]?.content, path).toBeDefined();
      if (path === "/metrics") continue;
      expect(responses["4XX"]?.content, path).toEqual(problem);
      expect(responses["5XX"]?.content, path).toEqual(problem);
    }
  });

  test("holds schemas that are valid JSON Schema 2020-12, each property with a type", () => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    for (const schema of schemasIn(document)) {
      expect(ajv.validateSchema(schema as object), JSON.stringify(schema)).toBe(true);
      // Words of OpenAPI 3.0, which 3.1 does not know any more.
      expect(schema).not.toHaveProperty("nullable");
      for (const [name, one] of Object.entries(schema.properties ?? {})) {
        expect(Object.keys(one).length, name).toBeGreaterThan(0);
      }
    }
  });

  describe("shows", () => {
    const bodyOf = (id: string) =>
      operations.find(({ operationId }) => operationId === id)?.requestBody;

    test("the guide's requests as examples", () => {
      expect(bodyOf("syncContacts")?.content["application/json"]).toMatchObject({
        examples: {
          guide: {
            value: {
              phoneNumbers: ["+1234567890", "+1987654321"],
              deviceContactsCount: 2,
              batchSize: 500,
            },
          },
        },
      });
      expect(bodyOf("estimateSync")?.content["application/json"]).toMatchObject({
        example: { contactCount: 5000, batchSize: 500 },
      });
    });

    test("the fields of a contact of a bulk insert, and its other content type", () => {
      const content = bodyOf("bulkInsertContacts")?.content;
      const item = content?.["application/json"]?.schema.properties?.["contacts"]?.items;
      expect(Object.keys(item?.properties ?? {})).toEqual([
        "owner_id",
        "phone_hash",
        "is_favorite",
        "linked_user_id",
        "last_interaction",
      ]);
      expect(content).toHaveProperty(["application/x-ndjson"]);
    });

    test("which bodies may be absent", () => {
      expect(bodyOf("recordInteraction")?.required).toBe(false);
      expect(bodyOf("unlinkPhone")?.required).toBe(true);
    });
  });

  test.each([
    "/docs",
    "/docs/",
  ])("is shown by %s, which loads nothing from elsewhere", async (url) => {
    const page = await app().request({ method: "GET", url });
    expect(page.statusCode).toBe(200);
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    const files = [...page.body.matchAll(/(?:src|href)="([^":]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const { pathname } = new URL(String(file), `http://x${url}`);
      const answer = await app().request({ method: "GET", url: pathname });
      expect(answer.statusCode, pathname).toBe(200);
    }
  });

  test("is there once", async () => {
    for (const url of ["/docs/json", "/docs/yaml", "/docs/static/logo.svg", "/docs/static/"]) {
      expect((await app().request({ method: "GET", url })).statusCode, url).toBe(404);
    }
  });
});

/** Every schema of the document, also those within others. */
function schemasIn(part: unknown): Schema[] {
  if (typeof part !== "object" || part === null) return [];
  const here = Object.entries(part).flatMap(([key, value]) =>
    key === "schema" ? [value as Schema] : key === "properties" ? Object.values<Schema>(value) : [],
  );
  return [...here, ...Object.values(part).flatMap(schemasIn)];
}
