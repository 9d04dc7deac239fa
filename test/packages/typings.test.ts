// What an editor shows of the packages, from the declarations that are shipped.
import { rm } from "node:fs/promises";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { assertBuilt, PACKAGES } from "../support/built.ts";
import { linkedProject } from "./linked-project.ts";

assertBuilt();

const project = await linkedProject();
afterAll(() => rm(project.folder, { recursive: true }));

const HEAD = `
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { applyToDigest, digestOf, hashPhoneNumbers, phoneHash } from "@contact-sync/client";
import { type Contact, type ContactsWithAccounts, createContactSync, verifyReceipt } from "contact-sync";
import { serve } from "contact-sync/http";
import { readAddressBook, readDirectory } from "contact-sync/readers";
declare const contactsWithAccounts: ContactsWithAccounts;
declare const contact: Contact;
declare const omar: string, aylin: string, numbers: string[];
declare const receipt: string, hash: string, hashes: string[], session_id: string;
declare function show(...values: unknown[]): void;
declare function invite(userId: string): void;
`;

/** What a hover over the end of an expression shows. */
function hover(expression: string) {
  const text = `${HEAD}${expression}`;
  const file = project.write("hover.ts", text);
  const info = project.service.getQuickInfoAtPosition(file, text.length - 1);
  if (info === undefined) throw new Error(`nothing is known of ${expression}`);
  const tags = (info.tags ?? []).map(({ name, text }) => ({
    name,
    text: ts.displayPartsToString(text),
  }));
  const shown = ts.displayPartsToString(info.displayParts).replace(/\s+/g, " ");
  return { shown, documentation: ts.displayPartsToString(info.documentation), tags };
}

/** The methods of `ContactsWithAccounts`. */
function methods(): string[] {
  const text = `${HEAD}contactsWithAccounts.`;
  const file = project.write("methods.ts", text);
  const completions = project.service.getCompletionsAtPosition(file, text.length, undefined);
  return (completions?.entries ?? [])
    .filter(({ kind }) => kind === ts.ScriptElementKind.memberFunctionElement)
    .map(({ name }) => name);
}

const METHODS = methods();

describe("a hover", () => {
  test("over syncContacts shows its signature by the names of types, and all of its docs", () => {
    const { shown, documentation, tags } = hover("contactsWithAccounts.syncContacts");
    expect(shown).toBe(
      "(method) ContactsWithAccounts.syncContacts(userId: string, phoneNumbers: readonly unknown[] | AsyncIterable<unknown>, deviceContactsCount: number | null, options?: SyncOptions): Promise<SyncResult>",
    );
    expect(documentation).toMatch(/^Syncs an address book and reports which of its contacts/);
    expect(tags.map(({ name, text }) => `${name} ${text.split(" ")[0]}`)).toEqual([
      "param userId",
      "param phoneNumbers",
      "param deviceContactsCount",
      "param options",
      "returns `matches`",
      "throws ContactSyncError",
      expect.stringMatching(/^example const/),
    ]);
    expect(tags.find(({ text }) => text.startsWith("options"))?.text).toContain("`replace`");
  });

  test("over link and listContacts likewise", () => {
    const link = hover("contactsWithAccounts.link");
    expect(link.shown).toBe(
      "(method) ContactsWithAccounts.link(userId: string, phone: string, options?: LinkOptions): Promise<boolean>",
    );
    expect(link.documentation).toMatch(/^Links one verified number to a user/);
    expect(link.tags.map(({ text }) => text).join()).toContain("VERIFICATION_OUTDATED");
    const list = hover("contactsWithAccounts.listContacts");
    expect(list.shown).toBe(
      "(method) ContactsWithAccounts.listContacts(userId: string, options?: ListOptions): Promise<ContactPage>",
    );
    expect(list.documentation).toMatch(/^A page of an owner's contacts/);
    expect(list.tags.map(({ text }) => text).join()).toContain("next_cursor");
  });

  test("over an option says what it does, and its default", () => {
    const { documentation } = hover(
      'contactsWithAccounts.syncContacts("", [], 0, { mode: "merge" }).then;\n({}) as import("contact-sync").SyncOptions["batchSize"]; (({}) as import("contact-sync").SyncOptions).batchSize',
    );
    expect(documentation).toMatch(/^Rows an INSERT, 1 to 1,000; default/);
  });

  test("over any method shows nothing of the inside, and has an example", () => {
    expect(METHODS.length).toBeGreaterThan(20);
    for (const method of METHODS) {
      const { shown, documentation, tags } = hover(`contactsWithAccounts.${method}`);
      expect(shown, method).toMatch(/^\(method\) ContactsWithAccounts\.\w+\(/);
      expect(shown, method).not.toMatch(/Engine|Bound|Operation/);
      expect(documentation.length, method).toBeGreaterThan(30);
      expect(
        tags.map(({ name }) => name),
        method,
      ).toContain("example");
    }
  });
});

test("the examples of the docstrings compile, strictly", () => {
  const documented = [
    ...METHODS.map((name) => `contactsWithAccounts.${name}`),
    "createContactSync",
    "serve",
    "readAddressBook",
    "readDirectory",
  ];
  const examples = documented.flatMap((name) =>
    hover(name).tags.flatMap((tag) => (tag.name === "example" ? [tag.text] : [])),
  );
  expect(examples.length).toBe(documented.length);
  const code = examples.map(
    (example, place) => `async function example${place}() {\n${example}\n}`,
  );
  const file = project.write("examples.ts", [HEAD, ...code].join("\n"));
  expect(project.faultsIn(file)).toEqual([]);
});

describe("every type that an exported one mentions can be imported by name", () => {
  test.each([
    ["contact-sync", "index"],
    ["contact-sync", "http/index"],
    ["contact-sync", "readers/index"],
    ["@contact-sync/client", "index"],
    ["@contact-sync/client", "protocol/index"],
    ["@contact-sync/client", "hashing/phone-hash"],
    ["@contact-sync/client", "storage/encrypted-storage"],
    ["@contact-sync/client", "storage/file-storage"],
  ] as const)("of %s, %s", (name, entry) => {
    const declarations = `${PACKAGES[name].replace(/\/$/, "")}/dist/${entry}.d.ts`;
    project.write("all.ts", `import ${JSON.stringify(declarations)};`);
    const program = project.service.getProgram() as ts.Program;
    const checker = program.getTypeChecker();
    const source = program.getSourceFile(declarations) as ts.SourceFile;
    const module = checker.getSymbolAtLocation(source) as ts.Symbol;
    const original = (symbol: ts.Symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const exported = new Set(checker.getExportsOfModule(module).map(original));
    const unnamed = new Set<string>();

    const visit = (node: ts.Node) => {
      if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
        const written = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
        const symbol = checker.getSymbolAtLocation(written);
        const meant = symbol && original(symbol);
        const isOurs = meant?.declarations?.some(
          (declaration) =>
            !ts.isTypeParameterDeclaration(declaration) &&
            !declaration.getSourceFile().fileName.includes("/node_modules/"),
        );
        if (meant && isOurs && !exported.has(meant)) unnamed.add(meant.name);
      }
      ts.forEachChild(node, visit);
    };
    for (const symbol of exported)
      for (const declaration of symbol.declarations ?? []) visit(declaration);
    expect(exported.size).toBeGreaterThan(1);
    expect([...unnamed]).toEqual([]);
  });
});
