import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const docs = new URL("../../docs/", import.meta.url);

/** As the document names them, and the record. */
const ROWS = {
  "all of `@contact-sync/client`": "whole",
  "of it, what reads and hashes numbers, with the numbering plans": "numbers-and-hash",
  "`/hashing` and `/protocol` alone": "protocol-and-hash",
};

test("the sizes that docs/phone.md gives are those that were measured", async () => {
  const text = await readFile(new URL("phone.md", docs), "utf8");
  const { metro, esbuild } = JSON.parse(
    await readFile(new URL("benchmarks/phone-sizes.json", docs), "utf8"),
  );
  const figure = (bytes: number) => bytes.toLocaleString("en-US");
  for (const [name, entry] of Object.entries(ROWS)) {
    const [ofMetro, ofEsbuild] = [metro, esbuild].map((all) => figure(all[entry].gzipped));
    expect(text).toContain(`| ${name} | ${ofMetro} | ${ofEsbuild} |`);
  }
  expect(text).toContain(`${figure(metro.empty.gzipped)} bytes are Metro's own.`);
});
