import { readFile } from "node:fs/promises";

/** A fenced block of a document, as it stands there. */
export interface Fence {
  /** What follows the opening backticks; empty where nothing does. */
  readonly language: string;
  readonly code: string;
  /** The line of its first line of code, from 1, for messages. */
  readonly line: number;
  /** The nearest heading above it, without its hashes. */
  readonly heading: string;
}

export interface Section {
  readonly level: number;
  readonly heading: string;
  /** The text between this heading and the next, fences left out. */
  readonly text: string;
  readonly fences: Fence[];
}

/** Reads a document of the repository, by its path from the root. */
export function readDocument(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
}

/** A document's sections in order. A heading inside of a fence is code, not a heading. */
export function sectionsOf(markdown: string): Section[] {
  const sections: { level: number; heading: string; text: string; fences: Fence[] }[] = [];
  const current = () => {
    if (sections.length === 0) sections.push({ level: 0, heading: "", text: "", fences: [] });
    return sections.at(-1) as (typeof sections)[number];
  };
  let open: { language: string; lines: string[]; line: number } | undefined;
  markdown.split("\n").forEach((line, index) => {
    const fence = /^```(\S*)/.exec(line);
    if (open !== undefined) {
      if (fence === null) {
        open.lines.push(line);
        return;
      }
      const { heading, fences } = current();
      fences.push({ ...open, code: open.lines.join("\n"), heading });
      open = undefined;
      return;
    }
    const title = /^(#+) (.*)$/.exec(line);
    if (fence !== null) open = { language: fence[1] ?? "", lines: [], line: index + 2 };
    else if (title !== null) {
      sections.push({
        level: (title[1] as string).length,
        heading: title[2] as string,
        text: "",
        fences: [],
      });
    } else current().text += `${line}\n`;
  });
  return sections;
}

/** All fences of a document in order. */
export function fencesOf(markdown: string): Fence[] {
  return sectionsOf(markdown).flatMap(({ fences }) => fences);
}

/** The words in backticks of a line such as "- **Functions:** `one`, `two`". */
export function codeWords(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string);
}
