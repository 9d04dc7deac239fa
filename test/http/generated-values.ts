import fc from "fast-check";
import type { Schema } from "./openapi-document.ts";

/** Digits of every number that generated requests send, so that a leak can be searched for. */
export const MARKED_DIGITS = "20100777";

export const markedNumber = fc
  .integer({ min: 0, max: 99 })
  .map((n) => `+${MARKED_DIGITS}${String(n).padStart(4, "0")}`);

/** What breaks programs that take texts for harmless. */
const hostileText = fc.constantFrom(
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u202e+20100",
  "null",
  "__proto__",
  "constructor",
  "' or 1=1 --",
  "{1,2}",
  "\\x00",
  "../../etc/passwd",
  "%00",
  "9".repeat(400),
  "é".repeat(300),
  "0".repeat(64),
  "-1",
  "1e999",
  "NaN",
);

const text = fc.oneof(markedNumber, hostileText, fc.string({ unit: "binary", maxLength: 40 }));

/** Any JSON value, of any form and depth, but never one that a schema asks for on purpose. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, true, -1, 0.5, 1e308, 2 ** 31, 2 ** 53, [], {}, [[]], [null], ""),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constant(JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`)),
);

/** Values that satisfy a schema, its boundaries often among them. */
export function satisfying(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(satisfying));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer": {
      const { minimum: min = -(2 ** 31), maximum: max = 2 ** 31 - 1 } = schema;
      return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
    }
    case "string":
      return stringOf(schema);
    case "array":
      return fc.array(satisfying(schema.items ?? {}), { maxLength: 12 });
    case "object":
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, of]) => [name, satisfying(of)]),
        ),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    default:
      return hostileValue;
  }
}

function stringOf({ pattern, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (pattern === undefined) return text.filter(({ length }) => length <= maxLength);
  const matching = fc.stringMatching(new RegExp(pattern)).map((value) => value.slice(0, maxLength));
  // A pattern of the beginning alone is a time's; few of those that match it are one.
  return pattern.endsWith("$") ? matching : fc.oneof(matching, time, time, time);
}

const time = fc
  .date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Just past a boundary, or of another kind altogether. */
export function violating(schema: Schema): fc.Arbitrary<unknown> {
  const { minimum, maximum } = schema;
  const past = [
    ...(minimum === undefined ? [] : [minimum - 1, minimum + 0.5, String(minimum)]),
    ...(maximum === undefined ? [] : [maximum + 1, `${maximum}`, -maximum]),
  ];
  return past.length === 0 ? hostileValue : fc.oneof(fc.constantFrom(...past), hostileValue);
}

export function rarely<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
