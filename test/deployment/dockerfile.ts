import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { print, ROOT } from "./tools.ts";

export interface Instruction {
  readonly line: number;
  readonly keyword: string;
  readonly flags: Readonly<Record<string, string>>;
  /** With the values of ARG put in. */
  readonly words: readonly string[];
  readonly text: string;
  /** The words of the exec form. */
  readonly json?: readonly string[];
  /** Of ENV and LABEL. */
  readonly properties: readonly (readonly [name: string, value: string])[];
}

export interface Stage {
  readonly name: string;
  /** An image, or an earlier stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  /** Of a linter. */
  readonly findings: readonly string[];
}

export async function readDockerfile(file: string): Promise<Dockerfile> {
  const { instructions, findings } = await print<{
    instructions: Instruction[];
    findings: string[];
  }>("print-dockerfile.js", file);
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const [from = "", , name = String(stages.length)] = instruction.words;
    if (instruction.keyword === "FROM") stages.push({ name, from, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return { stages, findings };
}

/** The last of a keyword's instructions, which is the one that counts. */
export function lastOf(stage: Stage, keyword: string): Instruction | undefined {
  return stage.instructions.filter((instruction) => instruction.keyword === keyword).at(-1);
}

/** Files of the repository that a build is given, by its .dockerignore. */
export async function readContext(): Promise<string[]> {
  const rules = (await readFile(join(ROOT, ".dockerignore"), "utf8"))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), matches: patternOf(line.replace(/^!/, "")) }));
  const isKept = (path: string) =>
    rules.findLast(({ matches }) => matches.test(path))?.isKept ?? true;
  const listed = async (folder: string): Promise<string[]> => {
    const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
    const found = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      // Looked into though it is left out, for something in it may be kept; but these are large.
      if (/(?:^|\/)(?:node_modules|\.git)$/.test(path) && !isKept(path)) return [];
      if (entry.isDirectory()) return listed(path);
      return isKept(path) ? [path] : [];
    });
    return (await Promise.all(found)).flat();
  };
  return (await listed("")).sort();
}

/** A pattern of .dockerignore: it takes along all that lies below what it names. */
function patternOf(pattern: string): RegExp {
  const parts = pattern
    .replace(/^\/|\/$/g, "")
    .split("/")
    .map((part) =>
      part === "**"
        ? "(?:.*/)?"
        : `${part
            .replace(/[.+^${}()|[\]\\]/g, "\\$&")
            .replace(/\*/g, "[^/]*")
            .replace(/\?/g, "[^/]")}/`,
    );
  return new RegExp(`^${parts.join("").replace(/\/$/, "")}(?:/|$)`);
}
