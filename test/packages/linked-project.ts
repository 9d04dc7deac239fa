import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { PACKAGES } from "../support/built.ts";

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** A project of a user's with both packages, and what an editor knows of its files. */
export interface LinkedProject {
  readonly folder: string;
  readonly service: ts.LanguageService;
  /** Sets a file's text and returns its path. */
  write(name: string, text: string): string;
  /** What the compiler has against a file, a line each. */
  faultsIn(file: string): string[];
}

/** @param options on top of `strict` */
export async function linkedProject(options: ts.CompilerOptions = {}): Promise<LinkedProject> {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-project-"));
  for (const [name, target] of [
    ...Object.entries(PACKAGES),
    ["@types/node", `${MODULES}@types/node`],
    ["@types/pg", `${MODULES}@types/pg`],
  ] as const) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  const texts = new Map([[join(folder, "package.json"), '{ "type": "module" }']]);
  let version = 0;
  const read = (file: string) => texts.get(file) ?? ts.sys.readFile(file);
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2023.d.ts"],
      types: ["node"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      noEmit: true,
      ...options,
    }),
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [...texts.keys()].filter((file) => !file.endsWith(".json")),
    getScriptVersion: (file) => (texts.has(file) ? String(version) : "0"),
    getScriptSnapshot: (file) => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    fileExists: (file) => texts.has(file) || ts.sys.fileExists(file),
    readFile: read,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: (path) => (texts.has(path) ? path : (ts.sys.realpath?.(path) ?? path)),
  });
  return {
    folder,
    service,
    write(name, text) {
      const file = join(folder, name);
      texts.set(file, text);
      version += 1;
      return file;
    },
    faultsIn: (file) =>
      [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(
        ({ file: source, start, messageText }) => {
          const at = source?.getLineAndCharacterOfPosition(start ?? 0);
          return `${(at?.line ?? 0) + 1}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
        },
      ),
  };
}
