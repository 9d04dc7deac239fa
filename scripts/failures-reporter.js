// A reporter for Vitest that writes what failed, as JSON, into the file that
// CONTACT_SYNC_TEST_FAILURES names: where several runs follow one another, what the first of them
// said is far above the end.
import { writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const MOST_LINES = 12;

export default class FailuresReporter {
  /** @type {NonNullable<import("vitest/node").Reporter["onTestRunEnd"]>} */
  onTestRunEnd(modules, unhandled) {
    const file = process.env["CONTACT_SYNC_TEST_FAILURES"];
    if (file === undefined) return;
    const failures = modules.flatMap((module) => [
      ...module.errors().map((error) => describe(module.moduleId, error)),
      ...[...module.children.allSuites()].flatMap((suite) =>
        suite.errors().map((error) => describe(`${module.moduleId} > ${suite.fullName}`, error)),
      ),
      ...[...module.children.allTests("failed")].flatMap((test) =>
        (test.result().errors ?? []).map((error) =>
          describe(`${module.moduleId} > ${test.fullName}`, error),
        ),
      ),
    ]);
    failures.push(...unhandled.map((error) => describe("unhandled, outside of a test", error)));
    writeFileSync(file, JSON.stringify(failures));
  }
}

/**
 * @param {string} where
 * @param {{ message: string, stack?: string, diff?: string }} error
 */
function describe(where, error) {
  const calls = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s*at /.test(line) && !line.includes("node_modules"));
  const lines = [error.message, error.diff ?? ""].flatMap((text) => text.split("\n"));
  const [what, ...told] = [where, ...lines.slice(0, MOST_LINES), ...calls]
    .filter((line) => line.trim() !== "")
    .map((line) => stripVTControlCharacters(line).replaceAll(`${process.cwd()}/`, ""));
  return { what, told };
}
