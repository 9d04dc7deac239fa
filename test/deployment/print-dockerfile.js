// Prints a Dockerfile's instructions as JSON, and what a linter has against it.
//
//   node test/deployment/print-dockerfile.js FILE
import { readFile } from "node:fs/promises";
import { DockerfileParser, JSONInstruction, PropertyInstruction } from "dockerfile-ast";
import { validate } from "dockerfile-utils";

const text = await readFile(/** @type {string} */ (process.argv[2]), "utf8");
const instructions = DockerfileParser.parse(text)
  .getInstructions()
  .map((instruction) => ({
    line: (instruction.getRange()?.start.line ?? 0) + 1,
    keyword: instruction.getKeyword(),
    flags: Object.fromEntries(flagsOf(instruction)),
    words: instruction.getExpandedArguments().map((argument) => argument.getValue()),
    text: instruction.getArgumentsContent() ?? "",
    json: jsonOf(instruction),
    properties:
      instruction instanceof PropertyInstruction
        ? instruction.getProperties().map((property) => [property.getName(), property.getValue()])
        : [],
  }));
const findings = validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`);
process.stdout.write(JSON.stringify({ instructions, findings }));

/** @param {any} instruction */
function flagsOf(instruction) {
  return (instruction.getFlags?.() ?? []).map((/** @type {any} */ flag) => [
    flag.getName(),
    flag.getValue(),
  ]);
}

/** The words of the exec form, and undefined of the shell form. @param {any} instruction */
function jsonOf(instruction) {
  if (!(instruction instanceof JSONInstruction)) return undefined;
  if (instruction.getOpeningBracket() === null) return undefined;
  return instruction.getJSONStrings().map((word) => JSON.parse(word.getValue()));
}
