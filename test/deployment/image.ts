// The image without a Docker engine: each stage is a folder, RUN is run with that folder as the root
// of all files, and a container is a process of its own namespaces on the last of them.
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { lastOf, readContext, readDockerfile, type Stage } from "./dockerfile.ts";
import { IMAGE_NODE, ROOT } from "./tools.ts";

const execute = promisify(execFile);

/** Namespaces, mounts and other users are root's to have. */
export const canRunImages =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["--mount", "--pid", "--fork", "true"]).status === 0;

export interface Image {
  /** All its files, beside those of the base image. */
  readonly folder: string;
  readonly stage: Stage;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  remove(): Promise<void>;
}

/** Does what `docker build .` does. */
export async function buildImage(file = join(ROOT, "Dockerfile")): Promise<Image> {
  const { stages } = await readDockerfile(file);
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-image-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const built = new Map<string, BuiltStage>();
  try {
    for (const stage of stages) built.set(stage.name, await buildStage(stage, folder, built));
  } catch (error) {
    await remove();
    throw error;
  }
  const last = stages.at(-1) as Stage;
  const { root, ...configuration } = built.get(last.name) as BuiltStage;
  const [, healthCheck = ""] = /^CMD (.*)$/.exec(lastOf(last, "HEALTHCHECK")?.text ?? "") ?? [];
  const [uid = 0, gid = 0] = (lastOf(last, "USER")?.text ?? "").split(":").map(Number);
  return {
    ...configuration,
    folder: root,
    stage: last,
    entrypoint: lastOf(last, "ENTRYPOINT")?.json ?? [],
    command: lastOf(last, "CMD")?.json ?? [],
    healthCheck: JSON.parse(healthCheck),
    user: { uid, gid },
    remove,
  };
}

interface BuiltStage {
  readonly root: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

// What every base image has; RUN has the programs of this machine mounted into it.
const BASE = ["app", "dev", "etc", "home", "proc", "root", "run", "tmp", "usr/local/bin", "var"];
const NODE = "usr/local/bin/node";
const LINKS = { bin: "usr/bin", lib: "usr/lib", lib64: "usr/lib64", sbin: "usr/sbin" };

async function layBase(root: string): Promise<void> {
  for (const path of BASE) await mkdir(join(root, path), { recursive: true });
  await chmod(join(root, "tmp"), 0o1777);
  for (const target of Object.values(LINKS)) await mkdir(join(root, target), { recursive: true });
  for (const [path, target] of Object.entries(LINKS)) await symlink(target, join(root, path));
  // Node and what it is linked with, and no shell: what runs needs nothing else.
  await writeFile(join(root, NODE), "");
  const { stdout } = await execute("ldd", [IMAGE_NODE]);
  for (const [library] of stdout.matchAll(/\/\S+(?= \(0x)/g)) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
}

/** @param folder where its files are to lie */
async function buildStage(
  stage: Stage,
  folder: string,
  built: ReadonlyMap<string, BuiltStage>,
): Promise<BuiltStage> {
  const root = join(folder, stage.name);
  const from = built.get(stage.from);
  if (from === undefined) await layBase(root);
  else await cp(from.root, root, { recursive: true, verbatimSymlinks: true });
  const environment = { ...from?.environment };
  let workingDirectory = from?.workingDirectory ?? "/";
  for (const { keyword, flags, words, text, properties, line } of stage.instructions) {
    if (keyword === "WORKDIR") {
      workingDirectory = resolve(workingDirectory, text);
      await mkdir(join(root, workingDirectory), { recursive: true });
    } else if (keyword === "ENV") {
      Object.assign(environment, Object.fromEntries(properties));
    } else if (keyword === "COPY") {
      const source = flags["from"] === undefined ? undefined : built.get(flags["from"])?.root;
      if (flags["from"] !== undefined && source === undefined) {
        throw new Error(`Dockerfile:${line}: there is no stage ${flags["from"]}`);
      }
      await copy(words, source, join(root, workingDirectory));
    } else if (keyword === "RUN") {
      await runInRoot(root, workingDirectory, text, environment);
    } else if (!SAYS_ONLY.includes(keyword)) {
      throw new Error(`Dockerfile:${line}: ${keyword} is not known here`);
    }
  }
  return { root, workingDirectory, environment };
}

const SAYS_ONLY = ["CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "USER"];

/** @param source root of an earlier stage; undefined: the repository, less what .dockerignore names */
async function copy(
  words: readonly string[],
  source: string | undefined,
  workingDirectory: string,
): Promise<void> {
  const [target = "", ...from] = [...words].reverse();
  const context = source === undefined ? await readContext() : [];
  for (const path of from) {
    const isIntoFolder = target.endsWith("/") || from.length > 1;
    if (source !== undefined) {
      const isFolder = (await stat(join(source, path))).isDirectory();
      const to = join(workingDirectory, target, isFolder || !isIntoFolder ? "" : basename(path));
      await cp(join(source, path), to, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    const files = context.filter(
      (name) => path === "." || name === path || name.startsWith(`${path}/`),
    );
    if (files.length === 0) throw new Error(`COPY ${path}: the build is given no such file`);
    for (const name of files) {
      const within =
        path === "." ? name : name === path ? basename(name) : name.slice(path.length + 1);
      const to = join(workingDirectory, target, within);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(join(ROOT, name), to);
    }
  }
}

/** A step of the build, with the base image's programs: this machine's, and the Node of the image. */
async function runInRoot(
  root: string,
  workingDirectory: string,
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const setting = async (name: string) =>
    (await execute("npm", ["config", "get", name])).stdout.trim();
  const npm = dirname(dirname(realpathSync((await execute("which", ["npm"])).stdout.trim())));
  const local = `${root}.local`;
  for (const path of ["bin", "etc", "lib/node_modules/npm"]) {
    await mkdir(join(local, path), { recursive: true });
  }
  for (const path of ["bin/node", "etc/npmrc"]) await writeFile(join(local, path), "");
  await rm(join(local, "bin/npm"), { force: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
  await mkdir(join(root, "root/.npm"), { recursive: true });
  await writeFile(join(root, "root/.npmrc"), "");
  const mounts = [
    { from: "/usr", to: "/usr", isReadOnly: true },
    { from: "/etc", to: "/etc", isReadOnly: true },
    { from: "/dev", to: "/dev" },
    { from: local, to: "/usr/local" },
    { from: IMAGE_NODE, to: "/usr/local/bin/node", isReadOnly: true },
    { from: npm, to: "/usr/local/lib/node_modules/npm", isReadOnly: true },
    // How this machine reaches the registry, and what it has fetched before.
    { from: join(homedir(), ".npmrc"), to: "/root/.npmrc", isReadOnly: true },
    { from: await setting("globalconfig"), to: "/usr/local/etc/npmrc", isReadOnly: true },
    { from: await setting("cache"), to: "/root/.npm" },
  ];
  const child = startInRoot(root, {
    mounts: mounts.filter(({ from }) => existsSync(from)),
    workingDirectory,
    command: ["sh", "-ec", script],
    environment: {
      PATH: "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin",
      HOME: "/root",
      npm_config_prefer_offline: "true",
      npm_config_update_notifier: "false",
      ...environment,
    },
  });
  const output = collect(child);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`RUN ${script}\nexited with ${code}:\n${output()}`);
}

interface InRoot {
  readonly mounts: readonly { from: string; to: string; isReadOnly?: boolean }[];
  readonly workingDirectory: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly isReadOnly?: boolean;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Starts a program as the first process of namespaces of its own, with a folder as its root. */
function startInRoot(root: string, { mounts, ...given }: InRoot): ChildProcess {
  const { workingDirectory, command, environment, isReadOnly, user } = given;
  const script = [
    `mount --rbind ${quoted(root)} ${quoted(root)}`,
    ...mounts.flatMap(({ from, to, isReadOnly: isFixed = false }) => [
      `mount --bind ${quoted(from)} ${quoted(root + to)}`,
      ...(isFixed ? [`mount -o remount,bind,ro ${quoted(root + to)}`] : []),
    ]),
    ...(isReadOnly ? [`mount -o remount,bind,ro ${quoted(root)}`] : []),
    'exec setpriv --no-new-privs unshare --pid --fork --kill-child --mount-proc --root "$@"',
  ];
  const identity = user === undefined ? [] : ["--setgid", user.gid, "--setuid", user.uid];
  const place = [root, "--wd", workingDirectory, ...identity.map(String)];
  return spawn("unshare", ["--mount", "sh", "-ec", script.join("\n"), "sh", ...place, ...command], {
    env: { ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export interface RunOptions {
  /** In place of the image's command. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Default true. */
  readonly isReadOnly?: boolean;
}

export interface Container {
  /** All that it has printed. */
  readonly output: () => string;
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** What `docker stop` sends, to its first process. */
  stop(): void;
  kill(): void;
  /** Runs the image's health check; its exit code. */
  checkHealth(): Promise<number>;
  /** Runs a program beside it, in the same network; its exit code. */
  run(command: readonly string[]): Promise<number>;
}

/** Does what `docker run [--read-only] IMAGE [COMMAND]` does. */
export function runImage(
  image: Image,
  { command = image.command, environment, isReadOnly = true }: RunOptions = {},
): Container {
  const settings: InRoot = {
    mounts: [
      { from: IMAGE_NODE, to: `/${NODE}`, isReadOnly: true },
      { from: "/dev", to: "/dev" },
    ],
    workingDirectory: image.workingDirectory,
    command: [...image.entrypoint, ...command],
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin", ...image.environment, ...environment },
    isReadOnly,
    user: image.user,
  };
  const child = startInRoot(image.folder, settings);
  const output = collect(child);
  const signal = (name: NodeJS.Signals) => {
    const first = firstProcessOf(child);
    if (first !== undefined) process.kill(first, name);
  };
  const runBeside = async (beside: readonly string[]) => {
    const [code] = await once(startInRoot(image.folder, { ...settings, command: beside }), "close");
    return code as number;
  };
  return {
    output,
    ended: once(child, "close").then(([code]) => code as number),
    stop: () => signal((lastOf(image.stage, "STOPSIGNAL")?.text ?? "SIGTERM") as NodeJS.Signals),
    kill: () => child.kill("SIGKILL"),
    checkHealth: () => runBeside(image.healthCheck),
    run: runBeside,
  };
}

/** The process whose number is 1 in its own namespace. */
function firstProcessOf({ pid }: ChildProcess): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}

function collect(child: ChildProcess): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return () => output;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
