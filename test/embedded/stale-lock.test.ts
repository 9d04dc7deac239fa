import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { removeStaleLock } from "../../src/embedded/stale-lock.ts";

const cluster = mkdtempSync(join(tmpdir(), "contact-sync-lock-"));
const lock = join(cluster, "postmaster.pid");
afterAll(() => rmSync(cluster, { recursive: true }));

test("an empty lock file stays as long as a server may be about to write it", () => {
  writeFileSync(lock, "");
  removeStaleLock(lock, cluster);
  expect(existsSync(lock)).toBe(true);

  const before = Date.now() / 1000 - 60;
  utimesSync(lock, before, before);
  removeStaleLock(lock, cluster);
  expect(existsSync(lock)).toBe(false);
});
