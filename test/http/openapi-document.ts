import { ERRORS } from "@contact-sync/client/errors";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";
import type { Answer, OpenApp } from "./support.ts";

/** A JSON schema, as far as the tests read it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { description: string; content?: Content }>>;
}

export interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, "path">>>>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly tags?: readonly { readonly name: string }[];
}

/** The document as the service publishes it. */
export async function publishedDocument({ request }: OpenApp): Promise<Document> {
  return (await request({ method: "GET", url: "/openapi.json" })).json();
}

export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase() as Operation["method"],
      parameters: operation.parameters ?? [],
    })),
  );
}

export type CheckAnswer = (operation: Operation, answer: Answer) => void;

/**
 * Holds answers to the document: status, content type and body are among those that the operation
 * names, and the envelope says what the status says.
 */
export function answerChecker(document: Document): CheckAnswer {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema(document as object, "document");
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string) => {
    const validator = validators.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    validators.set(pointer, validator);
    return validator;
  };

  return ({ path, method, responses }, answer) => {
    const { statusCode } = answer;
    const status = statusCode in responses ? String(statusCode) : `${String(statusCode)[0]}XX`;
    const type = String(answer.headers["content-type"]).split(";")[0] as string;
    expect(Object.keys(responses[status]?.content ?? {}), `${method} ${path}`).toContain(type);
    if (!type.endsWith("json")) return;
    const keys = ["paths", path, method.toLowerCase(), "responses", status, "content", type];
    const isValid = validatorAt(
      `/${[...keys, "schema"].map((key) => encodeURIComponent(key.replaceAll("/", "~1"))).join("/")}`,
    );
    const body = answer.json();
    expect(isValid(body) ? [] : isValid.errors, answer.body).toEqual([]);
    // Clients of JOSE fetch a JWK Set as it is.
    if (path.startsWith("/.well-known/") && statusCode === 200) return;
    checkEnvelope(body, statusCode);
  };
}

function checkEnvelope(
  body: { success: boolean; code: keyof typeof ERRORS; status: number },
  statusCode: number,
): void {
  expect(body.success).toBe(statusCode === 200);
  if (body.success) return;
  expect(body.status).toBe(statusCode);
  expect(ERRORS[body.code].status).toBe(statusCode);
}
