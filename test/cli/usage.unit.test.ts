import { describe, expect, test } from "vitest";
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { runCli } from "./support/run-cli.ts";

const OWNER = "970dabb7-2bcc-441a-a93c-a4a756f72cee";
const COMMANDS = [
  ["import"],
  ["contacts"],
  ["stats"],
  ["estimate"],
  ["link"],
  ["unlink"],
  ["link-pending"],
  ["forget-number"],
  ["lift-number"],
  ["suspects"],
  ["release"],
  ["erase"],
  ["verify-receipt"],
  ["export"],
  ["retention"],
  ["migrate"],
  ["migrate", "status"],
  ["generate-key"],
];

describe("help", () => {
  test("lists every command and the table of exit codes", async () => {
    const { code, stdout, stderr } = await runCli(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const [name] of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    for (const [exitCode, meaning] of EXIT_CODES) {
      expect(stdout).toMatch(new RegExp(`^  ${exitCode} +`, "m"));
      expect(stdout).toContain(meaning);
    }
  });

  test.each(COMMANDS)("%s %s has --json and an example that names it", async (...command) => {
    const words = command.filter((word) => word !== undefined);
    const { code, stdout } = await runCli([...words, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--json");
    expect(stdout).toContain(`\n  contact-sync ${words.join(" ")}`);
  });

  test("no line of the list is wider than a terminal", async () => {
    const { stdout } = await runCli(["--help"]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("without a command the help goes to stderr, as nothing was done", async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: contact-sync");
  });

  test("--version", async () => {
    expect(await runCli(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });
});

describe("mistakes end with 2 and say what to write, before a database is opened", () => {
  test.each([
    [["impotr", "x"], /Did you mean import\?/],
    [["import"], /missing required argument 'file'/],
    [["import", "x.vcf"], /--owner is missing/],
    [["import", "x.vcf", "--owner", "12"], /--owner must be a UUID/],
    [["import", "x.vcf", "--owner", OWNER, "--batch-size", "5000"], /from 1 to 1000/],
    [["import", "x.vcf", "--owner", OWNER, "--region", "UK"], /the United Kingdom is GB/],
    [
      ["import", "x.vcf", "--owner", OWNER, "--format", "pdf"],
      /vcard, csv, ldif, json, ndjson, jcard, xcard/,
    ],
    [["import", "x.vcf", "--owner", OWNER, "--confirm-removal"], /belongs to --replace/],
    [["import", "--bulk", "x.vcf", "--replace"], /--replace does not go with --bulk/],
    [["contacts"], /--owner <user>' not specified/],
    [["estimate", "many"], /whole number/],
    [["stats", "--days", "-1"], /days/],
    [["unlink"], /either numbers or --file/],
    [["link", "x.csv", "--verified-at", "2026-01-01"], /belongs to --user/],
    [["suspects", "--min-score", "high"], /whole number/],
    [["suspects", "--since", "yesterday"], /ISO 8601/],
    [["release", "x"], /must be a UUID/],
    [["erase", OWNER], /--yes/],
    [["erase", "x", "--yes"], /must be a UUID/],
    [["export", "x"], /must be a UUID/],
    [["generate-key", "more"], /too many arguments/],
  ])("%j", async (args, message) => {
    const plain = await runCli(args);
    expect(plain).toMatchObject({ code: 2, stdout: "" });
    expect(plain.stderr).toMatch(message);

    const json = await runCli([...args, "--json"]);
    expect(json).toMatchObject({ code: 2, stdout: "" });
    const document = JSON.parse(json.stderr);
    expect(document).toMatchObject({ success: false, code: "INVALID_ARGUMENT" });
    expect(document.message).toMatch(message);
  });

  test("all that is wrong with the environment is told at once, without its values", async () => {
    const { code, stderr } = await runCli(["stats"], {
      environment: {
        DATABASE_URL: "mysql://root:hunter2@db",
        CONTACT_SYNC_KEY: "hunter2",
        CONTACT_SYNC_DEFAULT_REGION: "UK",
        CONTACT_SYNC_SCHEMA: "pg_catalog",
      },
    });
    expect(code).toBe(2);
    for (const name of ["DATABASE_URL", "_KEY", "_DEFAULT_REGION", "_SCHEMA"]) {
      expect(stderr).toContain(`${name}: `);
    }
    expect(stderr).not.toContain("hunter2");
  });

  test("a database of one's own needs a key, and the message says how to make one", async () => {
    const { code, stderr } = await runCli(["stats"], {
      environment: { DATABASE_URL: "postgresql://localhost:1/none" },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^KEY_REQUIRED: .*contact-sync generate-key/);
  });
});

describe("what was typed is not repeated where it could be a number", () => {
  test.each([
    [["+201001234567"]],
    [["import", "+20 100 123 4567", "--owner", OWNER]],
    [["link", "+201001234567"]],
    [["estimate", "(0100) 123-4567"]],
    [["unlink", "--file", "01001234567.csv"]],
    [["forget-number", "0100 123 4567"]],
    [["lift-number", "+201001234567"]],
    [["contacts", "--owner", "00201001234567"]],
  ])("%j", async (args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).not.toBe(0);
    expect((stdout + stderr).replace(/\D/g, "")).not.toContain("1001234567");
  });
});

describe("what commander quotes is not repeated where it could be a number or a hash", () => {
  const separators = [
    ..."\u2011\u200b\u202c\u00ad\u2212\u30fc\u2010\u2013\u2060\u200e\u00b7\uff0d':_x",
  ];
  const values = [
    ...separators.map((separator) => ["+20", "100", "987", "65", "43"].join(separator)),
    "٠١٠٠٩٨٧",
    "9476e557-c9e4-13de-ae47-4978709659f5",
    "hash9476e557c9e413deae474978709659f5",
    "9476 e557 c9e4",
  ];
  test.each(values)("%j", async (value) => {
    for (const args of [
      [value],
      ["contacts", `--${value}`],
      ["contacts", `--nothing=${value}`],
      ["contacts", `-x${value}`],
      ["contacts", `--owner=${value}x`],
      ["estimate", `${value}x`],
      ["import", "x.vcf", "--owner", OWNER, "--batch-size", value],
    ]) {
      for (const more of [[], ["--json"]]) {
        const { code, stdout, stderr } = await runCli([...args, ...more]);
        expect(code).toBe(2);
        const told = (stdout + stderr).replace(/[^\p{L}\p{N}]/gu, "");
        expect(told).not.toMatch(/987|٩٨٧|9476/);
      }
    }
  });

  test("and a word is", async () => {
    expect((await runCli(["nonsense1"])).stderr).toContain("unknown command 'nonsense1'");
  });
});

test("a file that is not there fails before a database is opened", async () => {
  const result = await runCli(["import", "nowhere/contacts.vcf", "--owner", OWNER]);
  expect(result).toEqual({
    code: 1,
    stdout: "",
    stderr: "UNREADABLE_FILE: nowhere/contacts.vcf cannot be read: there is no such file\n",
  });
});

test("a server that is away is told in a sentence, and a trace only on demand", async () => {
  const environment = {
    DATABASE_URL: "postgresql://nobody:hunter2@127.0.0.1:1/none",
    CONTACT_SYNC_KEY: "5f".repeat(32),
  };
  const plain = await runCli(["stats"], { environment });
  expect(plain.code).toBe(1);
  expect(plain.stderr).toMatch(/^DATABASE_UNAVAILABLE: .*DATABASE_URL/);
  expect(plain.stderr).not.toMatch(/\n {4}at |hunter2/);

  const traced = await runCli(["stats"], {
    environment: { ...environment, CONTACT_SYNC_DEBUG: "1" },
  });
  expect(traced.stderr).toMatch(/\n {4}at /);
});

test("generate-key prints one key, a new one each time, and nothing else on stdout", async () => {
  const [one, other] = [await runCli(["generate-key"]), await runCli(["generate-key", "--json"])];
  expect(one.stdout).toMatch(/^[0-9a-f]{64}\n$/);
  expect(JSON.parse(other.stdout)).toEqual({ key: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(other.stdout).not.toContain(one.stdout.trim());
  expect(other.stderr).toBe("");
});
