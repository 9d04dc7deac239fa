import fc from "fast-check";
import { hostileValue, markedNumber, rarely, satisfying, violating } from "./generated-values.ts";
import type { Operation, Schema } from "./openapi-document.ts";

/** What exists, so that requests often mean something. */
export interface Existing {
  readonly tokens: readonly string[];
  readonly phoneHashes: readonly string[];
  readonly userIds: readonly string[];
  /** Of users' devices and sessions, for the path. */
  readonly deviceIds: readonly string[];
  readonly sessionIds: readonly string[];
  /** Whole bodies that mean something, by operation: a token and the digest that belongs to it. */
  readonly bodies: Readonly<Record<string, readonly object[]>>;
}

/** Bodies of an operation: most satisfy its schema, some miss it in one field, some are no JSON. */
export function bodyOf(
  { operationId, requestBody }: Operation,
  existing: Existing,
): fc.Arbitrary<unknown> {
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return rarely(hostileValue);
  const made = satisfying(schema).chain((body) => withNumbers(body, schema, existing));
  const known = existing.bodies[operationId] ?? [];
  const valid = known.length === 0 ? made : fc.oneof(made, fc.constantFrom(...known));
  return fc.oneof(
    { weight: 9, arbitrary: valid },
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
  { phoneHashes, userIds }: Existing,
): fc.Arbitrary<unknown> {
  const hashes = fc.constantFrom(...phoneHashes);
  const likely = Object.entries({
    phoneNumbers: fc.array(markedNumber, { maxLength: 20 }),
    phoneHashes: fc.array(hashes, { maxLength: 20 }),
    phoneNumber: markedNumber,
    phoneHash: hashes,
    contacts: fc.array(fc.record({ owner_id: fc.constantFrom(...userIds), phone_hash: hashes }), {
      maxLength: 20,
    }),
  }).filter(([name]) => name in properties);
  if (likely.length === 0) return fc.constant(body);
  const rest = Object.entries(body as object).filter(
    ([name]) => !likely.some(([one]) => one === name),
  );
  // Few of the two letters that the pattern takes are a country's.
  const region = rest.some(([name]) => name === "defaultRegion") ? [["defaultRegion", "EG"]] : [];
  const one = likely.map(
    ([name, value]): fc.Arbitrary<unknown> =>
      value.map((chosen: unknown) => Object.fromEntries([...rest, ...region, [name, chosen]])),
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
