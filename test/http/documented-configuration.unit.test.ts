// The variables are written down three times: in the code, in .env.example and in docs/http.md.
import { expect, test } from "vitest";
import { readServiceConfiguration } from "../../src/http/service-configuration.ts";
import { type Environment, readConfiguration } from "../../src/process/configuration.ts";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";

const read = (environment: Environment) => ({
  ...readConfiguration(environment),
  ...readServiceConfiguration(environment),
});

const EXAMPLE = variablesOf(await readDocument(".env.example"), /^([A-Z_]+)=(.*)$/gm);
const TABLE = variablesOf(
  sectionsOf(await readDocument("docs/http.md")).find(({ heading }) => heading === "Configuration")
    ?.text ?? "",
  /^\| `([A-Z_]+)` \|\s*`?([^`|\s]*)`?\s*\|/gm,
);

test("the table and the example have the same variables and defaults, in the same order", () => {
  expect(Object.entries(TABLE)).toEqual(Object.entries(EXAMPLE));
});

test("they are the ones that the code reads", () => {
  const names = new Set<string>();
  read(
    new Proxy<Environment>(
      {},
      {
        get(_environment, name: string) {
          names.add(name);
          return undefined;
        },
      },
    ),
  );
  expect([...names].sort()).toEqual(Object.keys(TABLE).sort());
});

test("a default that is written down changes nothing, and each of the code's is written down", () => {
  expect(read(TABLE)).toEqual(read({}));
  const written = Object.values(TABLE).filter((value) => value !== "");
  // HOST's follows from the tokens, so it is told in words; what users are called by, tokens are told too.
  const { host: _, userIds: __, ...configuration } = read({});
  expect(written.sort()).toEqual(leavesOf(configuration).sort());
});

function variablesOf(text: string, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, name, value]) => [name as string, value as string]),
  );
}

/** Every value in it that is set, as a variable would hold it. */
function leavesOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leavesOf);
  return [String(value)];
}
