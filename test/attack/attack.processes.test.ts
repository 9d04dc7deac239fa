import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Result } from "../../attack/report/results.js";
import { useServiceProcesses } from "../http/service-process.ts";
import { JWT_SECRET } from "../http/support.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";

const MAIN = fileURLToPath(new URL("../../attack/main.js", import.meta.url));
const VICTIM = 50;

const run = (args: readonly string[], environment: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    maxBuffer: 10_000_000,
  });

/** The outcomes of a run, by the attacks' ids. */
async function played(args: readonly string[], environment?: Record<string, string>) {
  const { stdout } = await run(["--quick", "--json", ...args], environment);
  const { attacks } = JSON.parse(stdout) as Result;
  return new Map(attacks.map((one) => [one.id, one]));
}

test("all of them, against a service of its own as nobody has configured it", async () => {
  const outcomes = await played([]);
  const of = (id: string) => outcomes.get(id) as NonNullable<ReturnType<typeof outcomes.get>>;

  for (const id of [
    "sequential",
    "random",
    "at-once",
    "remove-and-add",
    "delta-probing",
    "sessions",
  ]) {
    const { gain, asked = 0, learned = 0, refusedBy, allowance } = of(id);
    expect({ id, gain, refusedBy }).toEqual({
      id,
      gain: "bounded",
      refusedBy: "NEW_NUMBER_BUDGET_EXCEEDED",
    });
    expect(allowance?.bound, id).toBe("budget");
    // As much as the budget gives, and what came back of it meanwhile.
    const limit = allowance?.limit as number;
    expect(learned, id).toBeGreaterThan(limit * 0.9);
    expect(learned, id).toBeLessThan(limit + 1_000);
    expect(asked, id).toBeGreaterThan(learned);
    expect(allowance?.firstDay, id).toBe(limit + (allowance?.eachDayAfter as number));
  }
  const { accounts, figures } = of("many-accounts");
  const each = figures?.["learned_each"] as number[];
  expect(each).toHaveLength(accounts as number);
  expect(Math.min(...each)).toBeGreaterThan((of("sequential").learned as number) * 0.9);
  expect(of("remove-and-add").figures).toMatchObject({
    after_deleting_the_book: "NEW_NUMBER_BUDGET_EXCEEDED",
  });
  expect(of("delta-probing").figures).toEqual({
    old_token_with_other_numbers: "SYNC_TOKEN_EXPIRED",
  });
  expect(of("sessions").figures).toEqual({
    beyond_the_budget: "NEW_NUMBER_BUDGET_EXCEEDED",
    matches_of_the_refused: 0,
  });
  expect(of("other-doors")).toMatchObject({ gain: "nothing", learned: 0 });

  const { state, figures: times } = of("timing");
  if (state === "played") expect(times).toMatchObject({ content: [] });
  else expect(state).toBe("not offered");
  const later = of("hiding-later");
  if (later.state === "played")
    expect(later).toMatchObject({ gain: "nothing", figures: { differs: [] } });
  else expect(later.state).toBe("not offered");

  expect(of("dump-without-key")).toMatchObject({ gain: "nothing", learned: 0 });
  expect(of("dump-with-key")).toMatchObject({ gain: "open", learned: VICTIM });
  expect(of("dump-and-accounts")).toMatchObject({
    accounts: 7,
    learned: 100,
    figures: { contacts_of_the_victim: VICTIM, contacts_read: VICTIM },
  });
  const session = of("dump-and-session");
  expect(session.state).toBe("played");
  expect(session.gain === "nothing").toBe(session.learned === 0);
  expect(of("dump-and-one-account")).toMatchObject({
    figures: { devices: { asked: 60, read: 60 } },
  });
});

describePostgres("against a service that is given", (server) => {
  const database = useDatabase(server);
  const startService = useServiceProcesses();
  const given = async (environment: Record<string, string>) => {
    const { connectionString } = database();
    const { address } = await startService(connectionString, environment);
    return ["--url", address, "--token-secret", JWT_SECRET, "--database", connectionString];
  };

  test("without a budget, nothing ends it", async () => {
    const outcomes = await played(
      [...(await given({ CONTACT_SYNC_NEW_NUMBER_BURST: "0" })), "sequential", "sessions"],
      { CONTACT_SYNC_KEY: TEST_KEY },
    );
    const { gain, asked, learned, allowance } = outcomes.get("sequential") ?? {};
    expect({ gain, asked, learned }).toEqual({ gain: "open", asked: 60_000, learned: 60_000 });
    expect(allowance?.bound).not.toBe("budget");
    expect(allowance?.eachDayAfter).toBeGreaterThan(1_000_000);
    expect(outcomes.get("sessions")).toMatchObject({
      gain: "open",
      figures: { beyond_the_budget: "granted" },
    });
  });

  test("it says what it does, and prints a table that a pipe can carry", async () => {
    const target = await given({ CONTACT_SYNC_NEW_NUMBER_BURST: "500" });
    const { stdout, stderr } = await run(
      ["--quick", ...target, "sequential", "dump-with-key", "dump-and-accounts"],
      { CONTACT_SYNC_KEY: "" },
    );
    expect(stderr).toContain("Writing accounts, people and address books into");
    expect(stdout).toMatch(/\| sequential ranges +\| +1 \| +10,500 \| +500 \|/);
    expect(stdout).toContain("a stolen dump and the key: Left out: it takes the key");
    expect(stdout).toContain("50 of the victim's 50 numbers are read without the key");
    expect(stdout).toContain("arXiv 2511.20252".replace("arXiv ", "arxiv.org/abs/"));
    expect(stdout).not.toContain("\u001b");
  });
});

test.each([
  [["nonsense"], "No attack nonsense; they are: sequential"],
  [["--url", "localhost"], "--url takes an address"],
  [["--url", "http://localhost"], "--url and --token-secret go together"],
  [["--database", "postgresql://localhost"], "--database is the database of the service at --url"],
  [["--prefix", "0100"], "--prefix is the beginning of a number"],
  [["--keep", "after", "--quick"], "--keep takes all attacks, in their full size"],
])("%j can't work, and it says why", async (args, message) => {
  await expect(run(args)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining(message),
  });
});
