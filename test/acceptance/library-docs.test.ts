// docs/library.md: its snippets, which are one program, run and compile, and nothing is left out.
import { rm } from "node:fs/promises";
import { ERRORS } from "@contact-sync/client/errors";
import {
  type ContactsWithAccounts,
  createContactSync,
  migrate,
  startEmbeddedDatabase,
} from "contact-sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linkedProject } from "../packages/linked-project.ts";
import { TEST_KEY } from "../support/key.ts";
import { describePostgres } from "../support/postgres.ts";
import { codeWords, type Fence, fencesOf, readDocument, sectionsOf } from "./support/markdown.ts";
import { runExample } from "./support/run-example.ts";

const DOCUMENT = await readDocument("docs/library.md");
const FENCES = fencesOf(DOCUMENT);
const SECTIONS = sectionsOf(DOCUMENT);
const inLanguage = (wanted: string) => FENCES.filter(({ language }) => language === wanted);

/** What snippets are together, their imports in front. */
function programOf(fences: readonly Fence[]): string {
  const lines = fences.flatMap(({ code }) => code.split("\n"));
  const isImport = (line: string) => line.startsWith("import ");
  return [...lines.filter(isImport), ...lines.filter((line) => !isImport(line))].join("\n");
}

describePostgres("docs/library.md", (server) => {
  let contactsWithAccounts: ContactsWithAccounts;
  let connectionString: string;

  beforeAll(async () => {
    ({ connectionString } = await server.createDatabase());
    contactsWithAccounts = await createContactSync({ database: connectionString, key: TEST_KEY });
  });
  afterAll(() => contactsWithAccounts?.close());

  test("the snippets print what stands under them", async () => {
    const database = await server.createDatabase({ template: "supabase" });
    const printed = inLanguage("").map(({ code }) => `${code}\n`);
    expect(await runExample(programOf(inLanguage("js")), database)).toBe(printed.join(""));
  });

  test("each operation has a section", () => {
    const sections = SECTIONS.flatMap(({ heading }) => codeWords(heading));
    const operations = Object.keys(contactsWithAccounts).filter((name) => name !== "close");
    expect(sections.sort()).toEqual(operations.sort());
  });

  test("each option is named", async () => {
    const nothing = { nothing: 1 } as never;
    const calls = {
      createContactSync: () => createContactSync(nothing),
      newNumberBudget: () =>
        createContactSync({ database: connectionString, key: null, newNumberBudget: nothing }),
      migrate: () => migrate(nothing),
      startEmbeddedDatabase: () => startEmbeddedDatabase(nothing),
      syncContacts: () => contactsWithAccounts.syncContacts("", [], 0, nothing),
      delta: () => contactsWithAccounts.syncDelta("", nothing),
      syncDelta: () => contactsWithAccounts.syncDelta("", {} as never, nothing),
      listChanges: () => contactsWithAccounts.listChanges("", nothing),
      beginSession: () => contactsWithAccounts.beginSession("", nothing),
      commitSession: () => contactsWithAccounts.commitSession("", "", nothing),
      bulkInsertContacts: () => contactsWithAccounts.bulkInsertContacts([], nothing),
      listContacts: () => contactsWithAccounts.listContacts("", nothing),
      link: () => contactsWithAccounts.link("", "", nothing),
      linkMany: () => contactsWithAccounts.linkMany([], nothing),
      unlink: () => contactsWithAccounts.unlink([], nothing),
      retention: () =>
        createContactSync({ database: connectionString, key: null, retention: nothing }),
      forgetNumber: () => contactsWithAccounts.forgetNumber("", nothing),
      liftNumber: () => contactsWithAccounts.liftNumber("", nothing),
      exportUser: () => contactsWithAccounts.exportUser("", nothing),
      applyRetention: () => contactsWithAccounts.applyRetention(nothing),
      linkPendingPhones: () => contactsWithAccounts.linkPendingPhones(nothing),
      startUpkeep: () => contactsWithAccounts.startUpkeep(nothing),
      webhook: () => contactsWithAccounts.startUpkeep({ webhook: nothing }),
      getSyncStatistics: () => contactsWithAccounts.getSyncStatistics(1, nothing),
    };
    const named = new Set(DOCUMENT.match(/\w+/g));
    for (const [name, call] of Object.entries(calls)) {
      const { message } = (await call().catch((error: unknown) => error)) as Error;
      const [, options = ""] = /known are (.*)$/.exec(message) ?? [];
      expect(options, name).not.toBe("");
      for (const option of options.split(", ")) expect(named, name).toContain(option);
    }
  });
});

describe("docs/library.md", () => {
  test("the snippets compile, those too that are not run", async () => {
    const project = await linkedProject({ noImplicitAny: false });
    try {
      // JavaScript says nothing of what it stores where, so that is said here.
      const program = programOf(inLanguage("js"))
        .replace("new AsyncLocalStorage()", "new AsyncLocalStorage<pg.PoolClient>()")
        .replace("let cursor;", "let cursor: string | undefined;");
      expect(project.faultsIn(project.write("library.ts", program))).toEqual([]);
      for (const [place, { code }] of inLanguage("ts").entries()) {
        const given = [
          'import type { ContactsWithAccounts } from "contact-sync";',
          "declare const contactsWithAccounts: ContactsWithAccounts, omar: string;",
        ];
        const text = [...given, code].join("\n");
        expect(project.faultsIn(project.write(`part${place}.ts`, text))).toEqual([]);
      }
    } finally {
      await rm(project.folder, { recursive: true });
    }
  });

  test("every code that it names is one of ours", () => {
    const text = SECTIONS.map((section) => section.text).join("");
    const codes = codeWords(text).filter((word) => /^[A-Z]+(_[A-Z]+)+$|^ABORTED$/.test(word));
    expect(codes.length).toBeGreaterThan(10);
    const others = [
      "CONTACT_SYNC_KEY",
      "CONTACT_SYNC_PREVIOUS_KEY",
      "CONTACT_SYNC_USER_IDS",
      "DATABASE_URL",
    ];
    for (const code of codes) expect([...Object.keys(ERRORS), ...others]).toContain(code);
  });
});
