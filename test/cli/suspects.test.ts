import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { environmentOf, runCli } from "./support/run-cli.ts";

describePostgres("contact-sync suspects and release", (server) => {
  const database = useDatabase(server);
  const cli = (...args: string[]) => runCli(args, { environment: environmentOf(database()) });

  test("list owners by score, and release one who is held", async () => {
    expect(await cli("suspects")).toMatchObject({
      code: 0,
      stdout: "Nobody has scored 30 or more, and nobody is held.\n",
    });
    const owner = randomUUID();
    const contactSync = await openContactSync(database(), { holdSuspects: 60 });
    const range = Array.from({ length: 6_000 }, (_, n) => `+${491_750_000_000 + n}`);
    await contactSync.syncContacts(owner, range, 6_000);

    const { stdout } = await cli("suspects", "--min-score", "60");
    const [header, line, ...others] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^score {2}owner .* held since$/);
    expect(line).toMatch(
      new RegExp(`^ +60 {2}${owner} +100 +1 +0 +6,000 +0 +0 +6,000 {2}\\d{4}-\\S+Z$`),
    );
    expect(others).toEqual([]);
    const json = JSON.parse((await cli("suspects", "--since", "2020-01-01", "--json")).stdout);
    expect(json.suspects).toMatchObject([{ owner_id: owner, suspicion: 60 }]);

    expect(await cli("release", owner)).toMatchObject({ code: 0, stdout: "Released.\n" });
    expect(await cli("release", owner)).toMatchObject({ code: 0, stdout: "Nobody held them.\n" });
    expect(JSON.parse((await cli("release", owner, "--json")).stdout)).toEqual({ released: false });
    expect((await cli("suspects", "--min-score", "0")).code).toBe(2);
  });

  test("an import of the operator's own is nobody's attack", async () => {
    const contactSync = await openContactSync(database(), { holdSuspects: 1 });
    const owner = randomUUID();
    const range = Array.from({ length: 6_000 }, (_, n) => `+${491_760_000_000 + n}`);
    await contactSync.syncContacts(owner, range, 6_000, { budget: false });
    const suspects = await contactSync.listSuspects({ minScore: 1, since: new Date(0), limit: 9 });
    expect(suspects.map(({ owner_id }) => owner_id)).not.toContain(owner);
  });
});
