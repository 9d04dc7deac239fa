import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { readDocument } from "./support/markdown.ts";
import { runExample } from "./support/run-example.ts";

// The demo goes on and its figures change, so readme.processes.test.ts compares it with the README instead.
const files = (await readdir(new URL("../../examples/", import.meta.url))).filter(
  (file) => file.endsWith(".js") && file !== "demo.js",
);

test("the README links each example", async () => {
  const readme = await readDocument("README.md");
  for (const file of files) expect(readme).toContain(`(examples/${file})`);
});

describePostgres("The examples", (server) => {
  test.each(files)("%s prints what it says", async (file) => {
    const code = await readDocument(`examples/${file}`);
    const [, printed] = code.split("// Prints:\n");
    // An empty database: each example migrates it.
    const database = await server.createDatabase({ template: "supabase" });
    const expected = (printed as string).replaceAll(/^\/\/ /gm, "");
    expect(await runExample(code, database)).toBe(expected);
  });
});
