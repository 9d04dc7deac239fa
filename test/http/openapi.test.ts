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
import { useApp } from "./support.ts";

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
    expect(document.components?.["securitySchemes"]).toEqual({
      bearer: { type: "http", scheme: "bearer", description: expect.any(String) },
    });
    for (const { path, security } of operations) {
      expect(security, path).toEqual(path.startsWith("/api/") ? [{ bearer: [] }] : undefined);
    }
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
        example: {
          phoneNumbers: ["+1234567890", "+1987654321"],
          deviceContactsCount: 2,
          batchSize: 500,
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

  test("is shown as a page that loads nothing from elsewhere", async () => {
    const page = await app().request({ method: "GET", url: "/docs/" });
    expect(page.statusCode).toBe(200);
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
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
