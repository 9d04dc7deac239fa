import { Ajv, type Options } from "ajv";
import formats from "ajv-formats";
import fastifyPlugin from "fastify-plugin";

const STRICT: Options = { coerceTypes: false, removeAdditional: false, useDefaults: true };

/**
 * A body is taken as it is: the number 5 where a text belongs is a fault and not "5". What comes in
 * a path or a query is text and nothing else, so there numbers are read from it.
 */
export const validation = fastifyPlugin(async (app) => {
  const forBodies = createValidator(STRICT);
  const forTexts = createValidator({ ...STRICT, coerceTypes: true });
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === "body" ? forBodies : forTexts).compile(schema),
  );
});

function createValidator(options: Options): Ajv {
  const ajv = new Ajv(options);
  formats.default(ajv);
  return ajv;
}
