import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { type CliOptions, environmentOf, runCli } from "./support/run-cli.ts";

const numbers = (count: number) =>
  Array.from({ length: count }, (_, serial) => `+2012${String(serial).padStart(8, "0")}`);

describePostgres("contact-sync contacts, stats, estimate, erase", (server) => {
  const database = useDatabase(server);
  const cli = (args: string[], options: CliOptions = {}) =>
    runCli(args, { environment: environmentOf(database()), ...options });

  async function ownerOf(count: number): Promise<string> {
    const owner = randomUUID();
    await (await openContactSync(database())).syncContacts(owner, numbers(count), count);
    return owner;
  }

  test("contacts: a page and where the next begins; --json has both", async () => {
    const owner = await ownerOf(5);
    const args = ["contacts", "--owner", owner, "--limit", "3"];
    const { stdout, stderr } = await cli(args);
    expect(stdout.match(/^[0-9a-f]{32} {5}no account$/gm)).toHaveLength(3);
    const [, cursor = ""] = /--cursor (\S+)/.exec(stderr) ?? [];

    const next = JSON.parse((await cli([...args, "--cursor", cursor, "--json"])).stdout);
    expect(next.contacts).toHaveLength(2);
    expect(next.next_cursor).toBeNull();
    expect(stdout).not.toContain(next.contacts[0].phone_hash);
  });

  test("contacts --all --json: a contact a line, over all pages", async () => {
    const owner = await ownerOf(5);
    const { stdout } = await cli(["contacts", "--owner", owner, "--all", "--limit", "2", "--json"]);
    const lines = stdout.trim().split("\n");
    expect(new Set(lines.map((line) => JSON.parse(line).phone_hash)).size).toBe(5);
  });

  test("contacts --linked and --favorites narrow the list", async () => {
    const owner = await ownerOf(3);
    const contactSync = await openContactSync(database());
    const friend = randomUUID();
    await contactSync.link(friend, "+201200000001");
    const linked = await cli(["contacts", "--owner", owner, "--linked"]);
    expect(linked.stdout.trim().split("\n")).toEqual([expect.stringContaining(friend)]);
    expect(await cli(["contacts", "--owner", owner, "--favorites"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "no contacts\n",
    });
  });

  test("devices: each with what it holds; --forget takes one away", async () => {
    const owner = await ownerOf(1);
    const args = ["devices", "--owner", owner];
    expect(await cli(args)).toMatchObject({ code: 0, stdout: "", stderr: "no devices\n" });
    const book = ["import", "-", "--format", "csv", "--owner", owner, "--replace"];
    for (const [device, count] of [
      ["old", 3],
      ["new", 2],
    ] as const) {
      const stdin = `Phone\n${numbers(count).join("\n")}\n`;
      const imported = await cli([...book, "--device", device, "--json"], { stdin });
      expect(imported.code).toBe(0);
      expect(JSON.parse(imported.stdout)).not.toHaveProperty("sync_token");
    }
    const { stdout } = await cli(args);
    expect(stdout).toMatch(/^new +\S+Z +2 contacts *\nold +\S+Z +3 contacts *\n$/);
    const forgotten = await cli([...args, "--forget", "old"]);
    expect(forgotten.stdout).toBe("Forgotten, with 1 contact.\n");
    const json = JSON.parse((await cli([...args, "--json"])).stdout);
    expect(json.devices).toMatchObject([{ device_id: "new", contacts_count: 2 }]);
    const again = await cli([...args, "--forget", "old"]);
    expect(again.stderr).toContain("DEVICE_NOT_FOUND");
    expect((await cli([...args, "--forget", "a b"])).code).not.toBe(0);
  });

  test("stats: days and the sum, for the service or one owner", async () => {
    const owner = await ownerOf(4);
    const { stdout } = await cli(["stats", "--owner", owner, "--days", "1"]);
    expect(stdout).toMatch(/day \(UTC\) +syncs/);
    expect(stdout).toMatch(/in all +1 +0 +4 +0 +0 +0 +\d+ +100 /);
    const json = JSON.parse((await cli(["stats", "--json"])).stdout);
    expect(json.totals.total_syncs).toBeGreaterThanOrEqual(1);
    const nobody = await cli(["stats", "--owner", randomUUID()]);
    expect(nobody.stdout).toBe("No syncs in the last 30 days.\n");
  });

  test("estimate: the guide's numbers", async () => {
    const { stdout } = await cli(["estimate", "5000"]);
    expect(stdout).toMatch(/batch size +500\n +batches +10\n +time +5 s\n/);
    const json = await cli(["estimate", "2", "--batch-size", "500", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      estimated_batches: 1,
      estimated_time_seconds: 1,
      estimated_memory_mb: 0.001,
    });
  });

  test("erase: --yes in a pipe, and a question on a terminal", async () => {
    const owner = await ownerOf(3);
    const contactSync = await openContactSync(database());
    const left = async () => (await contactSync.summarizeContacts(owner)).contacts_count;

    expect(await cli(["erase", owner])).toMatchObject({ code: 2, stdout: "" });
    const no = await cli(["erase", owner], { isTerminal: true, stdin: typing("n\n") });
    expect(no).toMatchObject({ code: 1, stdout: "" });
    expect(no.stderr).toContain("who has 3 contacts? [y/N]");
    expect(await left()).toBe(3);

    const yes = await cli(["erase", owner], { isTerminal: true, stdin: typing("y\n") });
    expect(yes).toMatchObject({ code: 0, stdout: expect.stringContaining("Erased: 3 contacts") });
    expect(await left()).toBe(0);
    const again = await cli(["erase", owner, "--yes", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ contacts_deleted: 0 });
  });
});

function typing(text: string): PassThrough {
  const stdin = new PassThrough();
  stdin.write(text);
  return stdin;
}
