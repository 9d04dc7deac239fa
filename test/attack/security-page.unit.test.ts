import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ATTACKS } from "../../attack/attacks.js";
import { readResult } from "../../attack/report/results.js";
import { securityText } from "../../attack/report/security-page.js";
import { THREATS } from "../../attack/report/threats.js";

const PAGE = new URL("../../docs/security.md", import.meta.url);

test("the threat model is what the kept runs found, word for word", async () => {
  const page = await readFile(PAGE, "utf8");
  const [before, after] = [await readResult("before"), await readResult("after")];
  expect(before).toBeDefined();
  // If it is not: node attack/renew-page.js
  expect(securityText(page, before, after) === page).toBe(true);
});

test("every attack has a row, and every kept run has played them all in full", async () => {
  const ids = ATTACKS.map(({ id }) => id);
  expect(THREATS.map(({ attack }) => attack).sort()).toEqual([...ids].sort());
  for (const moment of ["before", "after"] as const) {
    const result = await readResult(moment);
    if (result === undefined) continue;
    expect(result.size).toBe("full");
    expect(result.attacks.map(({ id }) => id)).toEqual(ids);
  }
});

test("what was not played is said to be so, and a page without the marks is refused", async () => {
  const page = await readFile(PAGE, "utf8");
  expect(securityText(page, undefined, undefined)).toContain("| not played yet | not played yet |");
  expect(() => securityText("# Security", undefined, undefined)).toThrow("lacks");
});
