import fc from "fast-check";
import { hostileValue, markedNumber, satisfying, violating } from "./generated-values.ts";
import type { Operation, Parameter, Schema } from "./openapi-document.ts";
import type { Request } from "./support.ts";

/** What exists, so that requests often mean something. */
export interface Existing {
  readonly tokens: readonly string[];
  readonly phoneHashes: readonly string[];
  readonly userIds: readonly string[];
}

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

function segment(
  { name, schema }: Parameter,
  { phoneHashes, userIds }: Existing,
): fc.Arbitrary<string> {
  const known = fc.constantFrom(...(name === "userId" ? userIds : phoneHashes));
  return fc.oneof(
    { weight: 5, arbitrary: known },
    { weight: 2, arbitrary: satisfying(schema).map(encode) },
    { weight: 2, arbitrary: hostileValue.map(encode) },
    { weight: 1, arbitrary: fc.constantFrom("%", "%zz", "%ff", "..", "%2e%2e", "a".repeat(200)) },
  );
}

function bodyOf({ requestBody }: Operation, existing: Existing): fc.Arbitrary<unknown> {
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return rarely(hostileValue);
  const valid = satisfying(schema).chain((body) => withNumbers(body, schema, existing));
  return fc.oneof(
    { weight: 6, arbitrary: valid },
    {
      weight: 5,
      arbitrary: fc.tuple(valid, fieldOf(schema)).map(([body, field]) => mix(body, field)),
    },
    { weight: 2, arbitrary: hostileValue },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        undefined,
        "",
        "{",
        "[1,",
        '{"__proto__":{"a":1}}',
        '{"constructor":{"prototype":{}}}',
        "\ufeff{}",
        "nul",
        "\u0000",
      ),
    },
  );
}

/** Schemas say "a text" where endpoints take numbers and hashes, which random texts never are. */
function withNumbers(
  body: unknown,
  { properties = {} }: Schema,
  { phoneHashes }: Existing,
): fc.Arbitrary<unknown> {
  const hashes = fc.constantFrom(...phoneHashes);
  const likely = Object.entries({
    phoneNumbers: fc.array(markedNumber, { maxLength: 20 }),
    phoneHashes: fc.array(hashes, { maxLength: 20 }),
    phoneNumber: markedNumber,
    phoneHash: hashes,
  }).filter(([name]) => name in properties);
  if (likely.length === 0) return fc.constant(body);
  const rest = Object.entries(body as object).filter(
    ([name]) => !likely.some(([one]) => one === name),
  );
  const one = likely.map(
    ([name, value]): fc.Arbitrary<unknown> =>
      value.map((chosen: unknown) => Object.fromEntries([...rest, [name, chosen]])),
  );
  return fc.oneof(...one, ...one, fc.constant(body));
}

/** A field of the schema with a value that it does not take, or a field that it does not have. */
function fieldOf({ anyOf, properties = anyOf?.[0]?.properties ?? {} }: Schema) {
  const known = Object.entries(properties).map(([name, schema]) =>
    violating(schema).map((value): [string, unknown] => [name, value]),
  );
  const strange = fc.tuple(
    fc.oneof(markedNumber, fc.constantFrom("owner_id", "userId", "__proto__", "toString")),
    hostileValue,
  );
  return fc.oneof(...known, strange);
}

function mix(body: unknown, [name, value]: [string, unknown]): unknown {
  return { ...(body as object), [name]: value };
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

function rarely<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

function encode(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // A lone surrogate has no form in a URL.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}
