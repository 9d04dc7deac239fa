import fc from "fast-check";
import { bodyOf, type Existing } from "./generated-bodies.ts";
import { hostileValue, rarely, satisfying, violating } from "./generated-values.ts";
import type { Operation, Parameter, Schema } from "./openapi-document.ts";
import type { Request } from "./support.ts";

/** Requests to an operation from its part of the document: valid, at the boundaries, and hostile. */
export function requestsTo(operation: Operation, existing: Existing): fc.Arbitrary<Request> {
  return fc
    .record({
      token: fc.constantFrom(...existing.tokens),
      url: urlOf(operation, existing),
      body: bodyOf(operation, existing),
      headers: headersOf(operation),
    })
    .map((request) => ({ method: operation.method, ...request }));
}

function urlOf({ path, parameters }: Operation, existing: Existing): fc.Arbitrary<string> {
  const inPath = parameters.filter((parameter) => parameter.in === "path");
  const inQuery = parameters.filter((parameter) => parameter.in === "query");
  const query = fc
    .subarray(inQuery)
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map(({ name, schema }) => [name, maybe(schema)]))),
    );
  const strange = rarely(fc.tuple(fc.constantFrom("owner_id", "days[]", "limit"), hostileValue));
  return fc
    .record({ segments: fc.tuple(...inPath.map((one) => segment(one, existing))), query, strange })
    .map(({ segments, query, strange }) => {
      const filled = inPath.reduce(
        (url, { name }, place) => url.replace(`{${name}}`, () => segments[place] as string),
        path,
      );
      const entries: [string, unknown][] = [
        ...Object.entries(query),
        ...(strange ? [strange] : []),
      ];
      const search = entries.map(([name, value]) => `${name}=${encode(value)}`).join("&");
      return search === "" ? filled : `${filled}?${search}`;
    });
}

function segment({ name, schema }: Parameter, existing: Existing): fc.Arbitrary<string> {
  const knownBy: Record<string, readonly string[]> = {
    phoneHash: existing.phoneHashes,
    userId: existing.userIds,
    blockedUserId: existing.userIds,
    deviceId: existing.deviceIds,
    sessionId: existing.sessionIds,
    part: ["0", "1"],
  };
  const known = fc.constantFrom(...(knownBy[name] as readonly string[]));
  return fc.oneof(
    { weight: 5, arbitrary: known },
    { weight: 2, arbitrary: satisfying(schema).map(encode) },
    { weight: 2, arbitrary: hostileValue.map(encode) },
    { weight: 1, arbitrary: fc.constantFrom("%", "%zz", "%ff", "..", "%2e%2e", "a".repeat(200)) },
  );
}

function headersOf({ requestBody }: Operation): fc.Arbitrary<Record<string, string>> {
  if (requestBody === undefined) return fc.constant({});
  const types = ["application/json", "application/json; charset=utf-8", "text/plain", "a", "*/*"];
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...types)
        .map((type): Record<string, string> => ({ "content-type": type })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("a", "b", "", "with space", "x".repeat(300))
        .map((key): Record<string, string> => ({ "idempotency-key": key })),
    },
  );
}

function maybe(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: satisfying(schema) },
    { weight: 1, arbitrary: violating(schema) },
  );
}

function encode(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // A lone surrogate has no form in a URL.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}
