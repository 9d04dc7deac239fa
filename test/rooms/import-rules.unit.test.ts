import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
const RESTRICTED = "lint/style/noRestrictedImports";
const CYCLES = "lint/suspicious/noImportCycles";

interface Finding {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string | { readonly file: string } };
}

/** The table of docs/architecture.md: each room and those that it may import. */
const rooms = new Map(
  [
    ...readFileSync(join(ROOT, "docs/architecture.md"), "utf8").matchAll(
      /^\| `((?:client\/)?src\/\w+)` \|.*\| (.*) \|$/gm,
    ),
  ].map(([, room = "", imports = ""]) => {
    const side = dirname(room);
    const names = [...imports.matchAll(/`(\w+)`/g)].map(([, name]) => `${side}/${name}`);
    return [room, new Set(names)];
  }),
);

/** Every two rooms of one side, the client's or the server's. */
const pairs = [...rooms.keys()].flatMap((room) =>
  [...rooms.keys()]
    .filter((other) => other !== room && dirname(other) === dirname(room))
    .map((other) => ({ room, other })),
);

const nameOf = (room: string) => room.slice(room.lastIndexOf("/") + 1);
const importing = (specifier: string) =>
  `import { planted } from "${specifier}";\nexport const used = planted;\n`;

const PLANTED: Record<string, string> = {
  ...Object.fromEntries(
    [...rooms.keys()].map((room) => [`${room}/planted.ts`, "export const planted = 1;\n"]),
  ),
  ...Object.fromEntries(
    pairs.flatMap(({ room, other }) => [
      [`${room}/from-${nameOf(other)}.ts`, importing(`../${nameOf(other)}/planted.ts`)],
      [`${room}/deep/from-${nameOf(other)}.ts`, importing(`../../${nameOf(other)}/planted.ts`)],
    ]),
  ),
  "src/input/type.ts":
    'import type { Planted } from "../cli/planted.ts";\nexport type Used = Planted;\n',
  "src/input/again.ts": 'export { planted } from "../cli/planted.ts";\n',
  "src/input/late.ts": 'export const late = import("../cli/planted.ts");\n',
  "src/database/one.ts":
    'import { other } from "./other.ts";\nexport const one = (): number => other();\n',
  "src/database/other.ts":
    'import { one } from "./one.ts";\nexport const other = (): number => one();\n',
};

describe("the rules of who imports whom", () => {
  const folder = mkdtempSync(join(tmpdir(), "contact-sync-rooms-"));
  let findings: { file: string; category: string; message: string }[] = [];
  const found = (category: string) => findings.filter((finding) => finding.category === category);

  // One process for all of them: it takes longer to start than to read.
  beforeAll(() => {
    const { vcs: _, ...rules } = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
    writeFileSync(join(folder, "biome.json"), JSON.stringify(rules));
    for (const [file, text] of Object.entries(PLANTED)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    findings = lint(folder).map(({ category, message, location: { path } }) => ({
      file: typeof path === "string" ? path : path.file,
      category,
      message,
    }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are for every room there is", () => {
    const folders = ["src", "client/src"].flatMap((side) =>
      readdirSync(join(ROOT, side), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${side}/${entry.name}`),
    );
    expect([...rooms.keys()].sort()).toEqual(folders.sort());
  });

  test("let each room import those that docs/architecture.md lists, and no other", () => {
    const refused = pairs.filter(({ room, other }) => !rooms.get(room)?.has(other));
    const expected = refused.flatMap(({ room, other }) => [
      `${room}/from-${nameOf(other)}.ts`,
      `${room}/deep/from-${nameOf(other)}.ts`,
    ]);
    const files = found(RESTRICTED).map(({ file }) => file);
    expect(files.filter((file) => /\/from-/.test(file)).sort()).toEqual(expected.sort());
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(pairs.length);
  });

  test("say what the room may import, and where that is written", () => {
    for (const { file, message } of found(RESTRICTED)) {
      const [room = "", imports = new Set<string>()] =
        [...rooms].find(([name]) => file.startsWith(`${name}/`)) ?? [];
      expect(message).toContain("docs/architecture.md");
      expect(message).toContain(`${nameOf(room)}/ imports `);
      const named = message.slice(message.indexOf("imports ") + 8, message.indexOf(":"));
      const told = imports.size === 0 ? [] : named.split(", ").sort();
      if (imports.size === 0) expect(named).toMatch(/^nothing but itself/);
      expect(told).toEqual([...imports].map(nameOf).sort());
    }
  });

  test.each(["type", "again", "late"])("hold for every form of import: %s", (name) => {
    expect(found(RESTRICTED).map(({ file }) => file)).toContain(`src/input/${name}.ts`);
  });

  test("find a circle inside of a room", () => {
    const files = found(CYCLES).map(({ file }) => file);
    expect(files).toEqual(expect.arrayContaining(["src/database/one.ts", "src/database/other.ts"]));
  });
});

function lint(folder: string): Finding[] {
  const args = [
    BIOME,
    "lint",
    "--reporter=json",
    "--max-diagnostics=none",
    `--only=${RESTRICTED.slice(5)}`,
    `--only=${CYCLES.slice(5)}`,
  ];
  let report: string;
  try {
    report = execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    report = (error as { stdout: string }).stdout; // it ends with 1 where there are findings
  }
  return JSON.parse(report.slice(report.indexOf("{"))).diagnostics;
}
