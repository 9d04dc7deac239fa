import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseKey } from "../../src/security/key.ts";
import { createReceipts } from "../../src/security/receipt.ts";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";
import { TEST_KEY } from "../support/key.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { environmentOf, runCli } from "./support/run-cli.ts";

const sections = new Map(
  sectionsOf(await readDocument("docs/cli.md")).map(({ heading, fences }) => [heading, fences]),
);
/** Fields that a result has only where there is something to tell, or that an option adds. */
const OPTIONAL = new Set(["links_pending", "fixed", "failed", "applied"]);
const SECRET = "a secret for tests, of 32 bytes or more";

const owner = randomUUID();
const VCARD = "BEGIN:VCARD\nVERSION:3.0\nTEL:+201001234567\nTEL:112\nEND:VCARD\n";

async function receiptOf(userId: string): Promise<string> {
  const { sign } = await createReceipts(parseKey(TEST_KEY));
  const none = { contacts_deleted: 0, phones_unlinked: 0, given_links_removed: 0, runs_folded: 0 };
  return (await sign(userId, new Date(), none)) ?? "";
}

/** In this order: what one stores, others show. */
const COMMANDS: readonly [name: string, args: string[], stdin?: string][] = [
  ["migrate", ["migrate"]],
  ["migrate status", ["migrate", "status"]],
  ["link", ["link", "-"], `user_id,phone\n${randomUUID()},+201001234567\n`],
  ["import", ["import", "-", "--format", "vcard", "--owner", owner, "--device", "a"], VCARD],
  ["contacts", ["contacts", "--owner", owner]],
  ["devices", ["devices", "--owner", owner]],
  ["export", ["export", owner]],
  ["retention", ["retention"]],
  ["stats", ["stats"]],
  ["estimate", ["estimate", "5000"]],
  ["unlink", ["unlink", "+201001234567"]],
  ["link-pending", ["link-pending"]],
  ["forget-number", ["forget-number", "+201001234567"]],
  ["lift-number", ["lift-number", "+201001234567"]],
  ["webhooks", ["webhooks"]],
  ["webhooks list", ["webhooks", "list"]],
  ["webhooks replay", ["webhooks", "replay"]],
  ["webhooks send-test", ["webhooks", "send-test"]],
  ["suspects", ["suspects", "--min-score", "1"]],
  ["release", ["release", owner]],
  ["erase", ["erase", owner, "--yes"]],
  ["verify-receipt", ["verify-receipt", "-"], await receiptOf(owner)],
  ["doctor", ["doctor"]],
  ["token", ["token", "--role", "service_role"]],
  ["generate-key", ["generate-key"]],
];

describePostgres("the JSON of", (server) => {
  const database = useDatabase(server);
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "contact-sync-json-"));
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  test.each(COMMANDS)("%s has the fields that docs/cli.md shows", async (name, args, stdin) => {
    const environment = {
      ...environmentOf(database()),
      CONTACT_SYNC_DATA_DIR: dataDir,
      CONTACT_SYNC_JWT_SECRET: SECRET,
      // Nobody listens there.
      CONTACT_SYNC_WEBHOOK_URL: "http://127.0.0.1:9",
      CONTACT_SYNC_WEBHOOK_SECRET: `whsec_${"a".repeat(32)}`,
      CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "true",
    };
    const { stdout } = await runCli([...args, "--json"], { environment, stdin: stdin ?? "" });
    const shown = sections.get(name)?.[0]?.code ?? "";
    expectFields(JSON.parse(stdout), JSON.parse(shown), name);
  });
});

/** The same fields at every level that both have; an empty list has none to compare. */
function expectFields(told: unknown, shown: unknown, where: string): void {
  if (Array.isArray(told) && Array.isArray(shown)) {
    if (told.length > 0 && shown.length > 0) expectFields(told[0], shown[0], `${where}[]`);
    return;
  }
  if (typeof told !== "object" || told === null || typeof shown !== "object" || shown === null) {
    return;
  }
  // Its fields are those of the HTTP answer, which docs/cli.md names.
  const isPart = /^stats\.(totals|daily)/.test(where);
  const keys = Object.keys(told);
  const needed = Object.keys(shown).filter((key) => !OPTIONAL.has(key));
  if (isPart) expect(keys, where).toEqual(expect.arrayContaining(needed));
  else expect(keys.filter((key) => !OPTIONAL.has(key)).sort(), where).toEqual([...needed].sort());
  for (const key of keys.filter((key) => key in shown)) {
    expectFields(
      (told as Record<string, unknown>)[key],
      (shown as Record<string, unknown>)[key],
      `${where}.${key}`,
    );
  }
}
