// docs/troubleshooting.md says of every error and every reason what the tables say, and of each of
// the guide's common issues something.
import { type ErrorCode, REJECTION_REASONS } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { describe, expect, test } from "vitest";
import { DATABASE_TROUBLES } from "../../src/database/troubles.ts";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";

const SECTIONS = sectionsOf(await readDocument("docs/troubleshooting.md"));
const CODES = SECTIONS.slice(SECTIONS.findIndex(({ heading }) => heading === "Error codes") + 1);

test("every error code has its heading, in the order of the table", () => {
  expect(CODES.map(({ heading }) => heading)).toEqual(Object.keys(ERRORS));
});

describe("each code has status, title, a cause and its cure", () => {
  test.each(CODES)("$heading", ({ heading, text }) => {
    const { status, title, cure } = ERRORS[heading as ErrorCode];
    expect(text).toContain(`${status}. ${title}.\n`);
    expect(text).toMatch(/^Cause: \S.+$/m);
    expect(text).toContain(`Cure: ${cure}\n`);
  });
});

test("every trouble around the database has its row, under its code", () => {
  const rows = CODES.flatMap(({ heading, text }) =>
    [...text.matchAll(/^\| `([A-Z_]+)` \| (.*)\. \| (.*) \| (\d+) \|$/gm)].map(
      ([, reason, what, cure, seconds]) => [
        reason,
        { code: heading, what, cure, retryAfterSeconds: Number(seconds) },
      ],
    ),
  );
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(
      Object.entries(DATABASE_TROUBLES).map(([reason, trouble]) => [
        reason,
        { ...trouble, what: capital(trouble.what) },
      ]),
    ),
  );
});

test("every reason of a rejected number has its row", () => {
  const text = SECTIONS.find(({ heading }) => heading === "Some contacts were not processed")?.text;
  const rows = [...(text ?? "").matchAll(/^\| `([A-Z_]+)` \| (.*) \|$/gm)];
  expect(Object.fromEntries(rows.map((row) => row.slice(1)))).toEqual(REJECTION_REASONS);
});

test("the guide's common issues are there", async () => {
  const headings = SECTIONS.map(({ heading }) => heading).join("\n");
  const guide = sectionsOf(await readDocument("docs/contact-batch-operations-guide.md"));
  const issues = [
    ...(guide.find(({ heading }) => heading === "Common Issues")?.text ?? "").matchAll(
      /^\d\. \*\*(.*?)(?: (?:Error|Issues))?\*\*$/gm,
    ),
  ].map(([, issue]) => issue as string);
  expect(issues).toHaveLength(3);
  for (const issue of issues) expect(headings.toLowerCase()).toContain(issue.toLowerCase());
});

test("the performance report is the guide's", async () => {
  const reportOf = (sections: typeof SECTIONS, heading: string) =>
    sections
      .find((section) => section.heading === heading)
      ?.fences[0]?.code.match(/console\.log\('Performance Report:.*\);/s)?.[0];
  const guide = sectionsOf(await readDocument("docs/contact-batch-operations-guide.md"));
  expect(reportOf(SECTIONS, "Slow, and nobody knows why")).toBe(
    reportOf(guide, "Performance Debugging"),
  );
});
