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
    expect(others.sort()).toEqual(["@noble/hashes/sha2.js", "libphonenumber-js/min"]);
  });

  test("the hash alone: no metadata of phone numbers", () => {
    const { ours, others } = loadedBy("./hashing");
    expect(ours.sort()).toEqual(["hashing/phone-hash.ts", "protocol/errors.ts"]);
    expect(others).toEqual(["@noble/hashes/sha2.js"]);
  });

  test("the protocol: nothing of another package", () => {
    const { ours, others } = loadedBy("./protocol");
    expect(ours.every((file) => file.startsWith("protocol/"))).toBe(true);
    expect(ours.length).toBeGreaterThan(4);
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
