import { ContactSyncError } from "@contact-sync/client";
import { expect, test } from "vitest";
import { reportError } from "../../src/cli/report-error.ts";
import type { Io } from "../../src/cli/terminal/io.ts";

test("details overwrite no field that every JSON error has", () => {
  let told = "";
  const stderr = { isTTY: false, write: (text: string) => (told += text) };
  const io = { stderr, environment: {}, signal: new AbortController().signal } as unknown as Io;
  const details = { success: true, code: "FINE", message: "x", cure: "x", index: 9, reported: "x" };
  reportError(
    new ContactSyncError("INVALID_CONTACT", "no", { details: { ...details, line: 3 } }),
    io,
    true,
  );
  const document = JSON.parse(told);
  expect(document).toMatchObject({ success: false, code: "INVALID_CONTACT", line: 3 });
  expect(Object.keys(document)).toEqual(["success", "code", "message", "cure", "line"]);
  expect(document.message).toBe("INVALID_CONTACT: no");
  expect(document.cure).not.toBe("x");
});
