import { Ajv, type Options } from "ajv";
import formats from "ajv-formats";
import fastifyPlugin from "fastify-plugin";
import type { Users } from "../../engine/users.ts";

const STRICT: Options = { coerceTypes: false, removeAdditional: false, useDefaults: true };

/**
 * A body is taken as it is: the number 5 where a text belongs is a fault and not "5". What comes in
 * a path or a query is text and nothing else, so there numbers are read from it.
 */
export const validation = fastifyPlugin<{ users: Users }>(async (app, { users }) => {
  const forBodies = createValidator(STRICT, users);
  const forTexts = createValidator({ ...STRICT, coerceTypes: true }, users);
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === "body" ? forBodies : forTexts).compile(schema),
  );
});

function createValidator(options: Options, users: Users): Ajv {
  const ajv = new Ajv(options);
  formats.default(ajv);
  // For the document alone.
  ajv.addVocabulary(["x-examples"]);
  ajv.addKeyword({
    keyword: "userId",
    type: "string",
    error: { message: `must be ${users.form}` },
    validate: (_: unknown, id: unknown) => users.read(id) !== undefined,
  });
  return ajv;
}
