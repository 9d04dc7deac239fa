import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const SOURCE = new URL("../src/", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Of an entry of the package, the modules that it loads: ours, and those of other packages. */
function loadedBy(entry: string) {
  const built: string = exports[entry].import.default;
  const ours = [new URL(built.replace("./dist/", "").replace(/js$/, "ts"), SOURCE)];
  const others = new Set<string>();
  for (const file of ours) {
    const text = readFileSync(file, "utf8");
    for (const [, specifier = ""] of text.matchAll(/^(?:import|export|\}) ?.*from "([^"]+)";$/gm)) {
      if (!specifier.startsWith(".")) others.add(specifier);
      else if (!ours.some(({ href }) => href === new URL(specifier, file).href)) {
        ours.push(new URL(specifier, file));
      }
    }
  }
  return { ours: ours.map(({ href }) => href.slice(SOURCE.href.length)), others: [...others] };
}

describe("what an entry loads", () => {
  test("the whole: numbers, hashes, words", () => {
    const { ours, others } = loadedBy(".");
    expect(ours).toContain("numbers/normalize.ts");
    expect(ours).toContain("numbers/plan-data.ts");
    expect(ours).not.toContain("protocol/error-table.ts");
    expect(others).toEqual([]);
  });

  test("the hash alone: no metadata of phone numbers", () => {
    const { ours, others } = loadedBy("./hashing");
    expect(ours.sort()).toEqual([
      "hashing/phone-hash.ts",
      "hashing/sha256.ts",
      "protocol/errors.ts",
    ]);
    expect(others).toEqual([]);
  });

  test("the whole: nothing of Node and no cipher, which have entries of their own", () => {
    const { ours } = loadedBy(".");
    expect(ours).toContain("sources/from-expo-contacts.ts");
    expect(ours).toContain("storage/indexed-db-storage.ts");
    expect(ours).not.toContain("storage/file-storage.ts");
    expect(ours).not.toContain("storage/encrypted-storage.ts");
  });

  test("the encryption: a cipher, and nothing of numbers", () => {
    const { ours, others } = loadedBy("./encryption");
    expect(ours.every((file) => /^(?:protocol|slices|storage)\//.test(file))).toBe(true);
    expect(others).toEqual(["@noble/ciphers/chacha.js"]);
  });

  test("the one for Node: what Node has", () => {
    const { ours, others } = loadedBy("./node");
    expect(ours.sort()).toEqual([
      "protocol/errors.ts",
      "slices/slices.ts",
      "storage/file-storage.ts",
      "storage/storage.ts",
    ]);
    expect(others.every((name) => name.startsWith("node:"))).toBe(true);
  });

  test("the protocol: neither numbers nor hashes", () => {
    const { ours, others } = loadedBy("./protocol");
    expect(ours.every((file) => file.startsWith("protocol/"))).toBe(true);
    expect(ours.length).toBeGreaterThan(4);
    expect(ours).not.toContain("protocol/error-table.ts");
    expect(others).toEqual([]);
  });
});

test("each entry is there for import and for require, and for those who know no exports", () => {
  for (const [entry, conditions] of Object.entries<Record<string, unknown>>(exports)) {
    if (entry.endsWith(".json")) continue;
    expect(Object.keys(conditions)).toEqual(["import", "require"]);
    const folder = new URL(`../${entry === "." ? "" : `${entry.slice(2)}/`}`, import.meta.url);
    const { main } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
    const required = (conditions["require"] as { default: string }).default;
    expect(new URL(main, folder).href).toBe(new URL(`../${required}`, import.meta.url).href);
  }
});
