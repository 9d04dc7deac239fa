import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { type CliOptions, environmentOf, runCli } from "./support/run-cli.ts";

const SAMPLE = fileURLToPath(new URL("../../examples/address-book/contacts.vcf", import.meta.url));
const number = (serial: number) => `+2010${String(serial).padStart(8, "0")}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "contact-sync-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describePostgres("contact-sync import", (server) => {
  const database = useDatabase(server);
  const cli = (args: string[], options: CliOptions = {}) =>
    runCli(args, { environment: environmentOf(database()), ...options });

  test("shows who was found and what was left out, by line, never by number", async () => {
    const owner = randomUUID();
    const friend = randomUUID();
    const contactSync = await openContactSync(database());
    await contactSync.link(friend, number(1));
    const file = await fileOf(
      "book.vcf",
      [
        "BEGIN:VCARD",
        "VERSION:3.0",
        `TEL:${number(1)}`,
        `TEL:${number(2)}`,
        `TEL:${number(2)}`,
        "TEL:123",
        "TEL:0100 123 4567",
        "nonsense",
        "END:VCARD",
      ].join("\r\n"),
    );

    const { code, stdout, stderr } = await cli(["import", file, "--owner", owner]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("5 numbers, 2 contacts");
    expect(stdout).toContain("2 inserted, 0 updated, 0 unchanged, 1 duplicate");
    expect(stdout).toContain("Found 1 contact with an account");
    expect(stdout).toContain(`user ${friend}  line 3`);
    expect(stdout).toMatch(/1 × SHORT_CODE: .*\n {4}line 6\n/);
    expect(stdout).toMatch(/1 × NO_COUNTRY_CODE: .*\n {4}line 7\n/);
    expect(stdout).toMatch(/1 × MALFORMED_LINE: .*\n {4}line 8\n/);
    expect(stdout).not.toMatch(/20100000000|1234567/);
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({ contacts_count: 2 });
  });

  test("--json is one document with lines in place of positions, and no phone hash", async () => {
    const owner = randomUUID();
    const args = ["import", SAMPLE, "--owner", owner, "--region", "EG", "--json"];
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ owner_id: owner, contacts_inserted: 305, duplicates: 30 });
    expect(result.rejected).toHaveLength(17);
    expect(result.rejected).toContainEqual({ line: 249, reason: "SHORT_CODE" });
    expect(stdout).not.toMatch(/[0-9a-f]{32}/);

    const again = await cli(args);
    expect(JSON.parse(again.stdout)).toMatchObject({
      contacts_inserted: 0,
      contacts_updated: 0,
      contacts_unchanged: 305,
    });
    const status = await (await openContactSync(database())).getSyncStatus(owner);
    expect(status.device_contacts_count).toBe(352);
  });

  test("a number on three cards names all three lines, and the cards that repeat it", async () => {
    const [owner, friend] = [randomUUID(), randomUUID()];
    const contactSync = await openContactSync(database());
    await contactSync.link(friend, "+201001230042");
    const card = (...numbers: string[]) =>
      ["BEGIN:VCARD", "VERSION:3.0", ...numbers.map((tel) => `TEL:${tel}`), "END:VCARD", ""].join(
        "\r\n",
      );
    const stdin = [
      card("0100 123 0042"),
      card("0122 000 0001", "+20 100-123-0042"),
      card("tel:+20-122-000-0001", "0020 (100) 1230042"),
    ].join("");
    const args = ["import", "-", "--format", "vcard", "--owner", owner, "--region", "EG"];
    const { stdout } = await cli(args, { stdin });
    expect(stdout).toContain(`  user ${friend}  lines 3, 8, 13\n`);
    expect(stdout).toContain(
      "Repeated 3 numbers\n  line 8 repeats line 3\n  line 12 repeats line 7\n  line 13 repeats line 3\n",
    );
    const json = JSON.parse((await cli([...args, "--json"], { stdin })).stdout);
    expect(json).toMatchObject({
      duplicates: 3,
      repeated: [
        { line: 8, repeats: 3 },
        { line: 12, repeats: 7 },
        { line: 13, repeats: 3 },
      ],
      matches: [{ line: 3, lines: [3, 8, 13], user_id: friend }],
    });
  });

  test("a number twice on a line names the line once", async () => {
    const [owner, friend] = [randomUUID(), randomUUID()];
    await (await openContactSync(database())).link(friend, number(77));
    const stdin = `Mobile Phone,Home Phone\n${number(77)},${number(77)}\n`;
    const args = ["import", "-", "--format", "csv", "--owner", owner];
    const { stdout } = await cli(args, { stdin });
    expect(stdout).toContain(`  user ${friend}  line 2\n`);
    expect(stdout).toContain("Repeated 1 number\n  line 2 repeats itself\n");
    const json = JSON.parse((await cli([...args, "--json"], { stdin })).stdout);
    expect(json.repeated).toEqual([{ line: 2, repeats: 2 }]);
    expect(json.matches).toEqual([{ line: 2, lines: [2], user_id: friend }]);
  });

  test("of many repetitions some are shown, and --json has them all", async () => {
    const stdin = Array.from({ length: 40 }, () => number(78)).join("\n");
    const args = ["import", "-", "--owner", randomUUID()];
    const { stdout } = await cli(args, { stdin });
    expect(stdout).toContain("Repeated 39 numbers\n  line 2 repeats line 1\n");
    expect(stdout).toContain("  and 34 more; --json lists all");
    expect(JSON.parse((await cli([...args, "--json"], { stdin })).stdout).repeated).toHaveLength(
      39,
    );
  });

  test.each([
    ["field/f01-sogo.ldif", 2, []],
    ["field/f03-react-native-contacts.ndjson", 1, []],
    ["telegram.json", 2, [{ line: 21, reason: "NO_NUMBER" }]],
    ["field/f04-card.jcard", 1, []],
    ["field/f02-contacts-without-phone.ndjson", 2, [{ line: 2, reason: "NO_NUMBER" }]],
  ])("%s is recognised; a contact without a number stops nothing", async (name, count, told) => {
    const file = fileURLToPath(new URL(`../fixtures/address-books/${name}`, import.meta.url));
    const args = ["import", file, "--owner", randomUUID(), "--region", "EG", "--json"];
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      contacts_inserted: count,
      rejected: [],
      unreadable: told,
    });
  });

  test("says which columns it read, as docs/cli.md shows", async () => {
    const { fences = [] } =
      sectionsOf(await readDocument("docs/cli.md")).find(({ heading }) => heading === "import") ??
      {};
    const screens = fences.filter(({ language }) => language === "console");
    expect(screens).toHaveLength(3);
    for (const { code } of screens) {
      const [command = "", ...shown] = code.split("\n");
      const [name = "", , , ...options] = command.split(" ").slice(3);
      const file = fileURLToPath(new URL(`../fixtures/exports/${name}`, import.meta.url));
      // Into a book of its own each: the document's are one person's.
      const { stdout } = await cli(["import", file, "--owner", randomUUID(), ...options]);
      const written = (text: string) => text.replace(/in \d+ ms/, "in … ms").trimEnd();
      expect(written(stdout.replace(file, name))).toBe(written(shown.join("\n")));
    }
  });

  test("--json names all columns; --columns overrides, and is refused where there is none such", async () => {
    const stdin = "Nome,Celular,CEP\nAna,(11) 91234-0001,01310-100\n";
    const args = ["import", "-", "--owner", randomUUID(), "--region", "BR"];
    const read = async (...more: string[]) =>
      JSON.parse((await cli([...args, "--json", ...more], { stdin })).stdout);
    expect(await read()).toMatchObject({
      columns: { read: ["Celular"], not_read: ["Nome", "CEP"], doubtful: ["CEP"] },
    });
    expect(await read("--columns", "cep, 2")).toMatchObject({
      total_processed: 2,
      columns: { read: ["Celular", "CEP"], not_read: ["Nome"] },
    });
    const refused = await cli([...args, "--columns", "Fone"], { stdin });
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('Found: "Nome", "Celular", "CEP"');
    const noTable = await cli([...args, "--columns", "Fone"], { stdin: '{"phone":"1"}' });
    expect(noTable.stderr).toContain("INVALID_ARGUMENT: columns are those of a CSV file");
    const vcard = JSON.parse(
      (await cli([...args.slice(0, 1), SAMPLE, ...args.slice(2), "--json"])).stdout,
    );
    expect(vcard.columns).toBeNull();
  });

  test("--strict ends with 3 when something was left out, and with 0 when nothing was", async () => {
    const args = ["import", "-", "--owner", randomUUID(), "--strict"];
    expect(await cli(args, { stdin: `${number(1)}\n12\n` })).toMatchObject({ code: 3 });
    expect(await cli(args, { stdin: `${number(1)}\n` })).toMatchObject({ code: 0 });
  });

  test("a region comes from the option, or from the environment", async () => {
    const args = ["import", "-", "--owner", randomUUID(), "--json"];
    const stdin = "phone\n0100 123 4567\n";
    expect((await cli(args, { stdin })).stdout).toContain("NO_COUNTRY_CODE");
    const environment = { ...environmentOf(database()), CONTACT_SYNC_DEFAULT_REGION: "EG" };
    expect(JSON.parse((await cli(args, { stdin, environment })).stdout)).toMatchObject({
      contacts_inserted: 1,
    });
    const withOption = await cli([...args, "--region", "eg"], { stdin });
    expect(JSON.parse(withOption.stdout)).toMatchObject({ contacts_unchanged: 1 });
  });

  test("--replace removes what the file lacks, more than half only when confirmed", async () => {
    const owner = randomUUID();
    const all = [1, 2, 3, 4].map(number).join("\n");
    await cli(["import", "-", "--owner", owner], { stdin: all });
    const args = ["import", "-", "--owner", owner, "--replace"];

    const refused = await cli(args, { stdin: `${number(1)}\n` });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^REPLACE_NEEDS_CONFIRMATION.*\n.*--confirm-removal/);

    const some = await cli([...args, "--json"], { stdin: [1, 2, 3].map(number).join("\n") });
    expect(JSON.parse(some.stdout)).toMatchObject({ contacts_removed: 1 });
    const most = await cli([...args, "--confirm-removal"], { stdin: `${number(1)}\n` });
    expect(most.stdout).toContain("2 removed");
  });

  test("a file that breaks off says on which line, and how much is stored", async () => {
    const owner = randomUUID();
    const rows = Array.from({ length: 5_001 }, (_, row) => JSON.stringify({ phone: number(row) }));
    const args = ["import", "-", "--owner", owner];
    const { code, stderr } = await cli(args, { stdin: [...rows, "{"].join("\n") });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^UNREADABLE_FILE: line 5002: /);
    expect(stderr).toContain("5,000 contacts of the first 5,000 entries are stored.");

    const json = await cli([...args, "--json"], { stdin: "{" });
    expect(JSON.parse(json.stderr)).toMatchObject({
      success: false,
      code: "UNREADABLE_FILE",
      line: 1,
      received: 0,
      processed: 0,
    });
  });

  test("Ctrl-C stops after the running chunk, also while it waits for more input", async () => {
    const owner = randomUUID();
    const stdin = new PassThrough();
    for (let row = 0; row < 6_000; row += 1) stdin.write(`${number(row)}\n`);
    const controller = new AbortController();
    let seconds = 0;
    const { code, stderr } = await cli(["import", "-", "--owner", owner], {
      stdin,
      signal: controller.signal,
      now: () => {
        seconds += 1_000;
        return seconds;
      },
      onStderr: (text) => {
        if (text.includes("5,000 entries read")) controller.abort(130);
      },
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(/^ABORTED: .*5,000 contacts of the first 5,000 entries are stored/m);
    expect(stderr).toContain("Repeat the command to go on");
    const contactSync = await openContactSync(database());
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({ contacts_count: 5_000 });
  });

  test("a pipe is told of progress at most once a second, and --json's pipe not at all", async () => {
    const stdin = Array.from({ length: 15_001 }, (_, row) => number(row)).join("\n");
    const args = ["import", "-", "--owner", randomUUID()];
    let time = 0;
    const now = () => {
      time += 400;
      return time;
    };
    const { stderr } = await cli(args, { stdin, now });
    expect(stderr.trim().split("\n")).toEqual(["15,000 entries read, 15,000 contacts stored"]);
    expect((await cli([...args, "--json"], { stdin, now })).stderr).toBe("");
  });

  test("--bulk takes rows of any owners, by hash or by number, and keeps what they lack", async () => {
    const [one, other, fallback] = [randomUUID(), randomUUID(), randomUUID()];
    const rows = [
      { owner_id: one, phone_hash: "ab".repeat(16), is_favorite: true },
      { owner_id: other, phone: number(1), last_interaction: "2026-01-02T03:04:05Z" },
      { phone: `${number(2)}; ${number(3)}` },
      { phone: "ask Mona" },
      { owner_id: one, phone: null },
    ];
    const stdin = rows.map((row) => JSON.stringify(row)).join("\n");
    const args = ["import", "--bulk", "-", "--owner", fallback];
    const { code, stdout } = await cli([...args, "--json"], { stdin });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      contacts_inserted: 4,
      rejected: [
        { line: 4, reason: "NOT_A_NUMBER" },
        { line: 5, reason: "NO_NUMBER" },
      ],
    });
    const contactSync = await openContactSync(database());
    const favorites = await contactSync.listContacts(one, { favorites: true });
    expect(favorites.contacts.map(({ phone_hash }) => phone_hash)).toEqual(["ab".repeat(16)]);
    expect(await contactSync.summarizeContacts(fallback)).toMatchObject({ contacts_count: 2 });
  });

  test.each([
    [{ phone_hash: "zz", owner_id: randomUUID() }, "INVALID_PHONE_HASH"],
    [{ phone_hash: "ab".repeat(16) }, "INVALID_CONTACT"],
  ])("--bulk names the line of a row at fault: %j", async (row, code) => {
    const stdin = `{"phone":"x"}\n\n${JSON.stringify(row)}\n`;
    const { stderr, code: exitCode } = await cli(["import", "--bulk", "-"], { stdin });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${code}: .* on line 3 .* Nothing was stored`));
  });
});
