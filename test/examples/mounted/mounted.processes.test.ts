import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { digestOf, phoneHash } from "@contact-sync/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { available } from "../../support/available.ts";
import { assertBuilt, PACKAGES } from "../../support/built.ts";
import { TEST_KEY } from "../../support/key.ts";
import { describePostgres, useDatabase } from "../../support/postgres.ts";

// Each example of mounting, run as its README says, in a project that has what its README installs.

const HERE = fileURLToPath(new URL(".", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../../examples/mounted/", import.meta.url));
const MODULES = join(HERE, "node_modules");

assertBuilt();
const isInstalled = available("what examples/mounted are run with", await install());
// Not the script in front of it, which hands on no signal.
const DENO = join(MODULES, "@deno", await platformOf("@deno"), "deno");
const BUN = join(MODULES, "bun/bin/bun.exe");
// As its README has it; and to write, which a database behind a socket of Unix takes.
const DENO_RUN = [
  ...["run", "--no-prompt", "--allow-env", "--allow-net", "--allow-read", "--allow-sys"],
  "--allow-write",
];

const SERVERS: Record<string, { program: string; args: string[] }> = {
  hono: { program: process.execPath, args: [] },
  express: { program: process.execPath, args: [] },
  fastify: { program: process.execPath, args: [] },
  deno: { program: DENO, args: DENO_RUN },
  bun: { program: BUN, args: [] },
};

describe.runIf(isInstalled)("the examples of mounting", () => {
  let project = "";
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "contact-sync-mounted-"));
    await cp(EXAMPLES, project, { recursive: true });
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    const modules = join(project, "node_modules");
    const links = (await readdir(MODULES))
      .filter((name) => !name.startsWith("."))
      .map((name) => [name, join(MODULES, name)] as const);
    for (const [name, target] of [...links, ...Object.entries(PACKAGES)]) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(target, join(modules, name));
    }
  });
  afterAll(() => rm(project, { recursive: true }));

  describePostgres("on a database", (server) => {
    const database = useDatabase(server);
    let running: ChildProcess | undefined;
    afterEach(async () => {
      const hasEnded = running?.exitCode !== null || running.signalCode !== null;
      if (running === undefined || hasEnded) return;
      running.kill("SIGKILL");
      await once(running, "exit");
    });

    async function start(name: string): Promise<string> {
      const { program, args } = SERVERS[name] as (typeof SERVERS)[string];
      const child = spawn(program, [...args, join(project, name, "server.js")], {
        cwd: project,
        env: {
          PATH: process.env["PATH"],
          HOME: project,
          DATABASE_URL: database().connectionString,
          CONTACT_SYNC_KEY: TEST_KEY,
          PORT: "0",
        },
      });
      running = child;
      let output = "";
      const address = await new Promise<string>((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding("utf8").on("data", (text: string) => {
            output += text;
            const port = /Listening on http:\/\/[^:]+(?:::1\])?:(\d+)/.exec(output)?.[1];
            if (port !== undefined) resolve(`http://localhost:${port}`);
          });
        }
        child.on("exit", () => reject(new Error(`it ended: ${output}`)));
      });
      return address;
    }

    test.each(Object.keys(SERVERS))("%s", async (name) => {
      const address = await start(name);
      expect(await (await fetch(`${address}/`)).text()).toBe("the app's own");
      await tried((path, init) => fetch(`${address}/contact-sync${path}`, init));
      running?.kill("SIGTERM");
      await once(running as ChildProcess, "exit");
      expect(running?.exitCode).toBe(0);
    });

    test("next, by its file of routes", async () => {
      const { connectionString } = database();
      const script = `
        const { GET, POST } = await import(${JSON.stringify(join(project, "next/app/api/contacts/[...path]/route.js"))});
        const of = { GET, POST };
        process.on("message", async ({ path, method = "GET", ...init }) => {
          const answer = await of[method](new Request("http://localhost/api/contacts" + path, { method, ...init }));
          process.send({ status: answer.status, text: await answer.text() });
        });
        process.send("ready");`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        cwd: project,
        env: { DATABASE_URL: connectionString, CONTACT_SYNC_KEY: TEST_KEY },
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      running = child;
      await once(child, "message");
      await tried(async (path, init) => {
        child.send({ path, ...init });
        const [{ status, text }] = await once(child, "message");
        return new Response(text, { status });
      });
      child.kill();
      await once(child, "exit");
    });
  });
});

/** The one package of a scope that is for this machine. */
async function platformOf(scope: string): Promise<string> {
  return (await readdir(join(MODULES, scope)).catch(() => []))[0] ?? "";
}

/** A sync, the same again by token, a list, nobody, and health. */
async function tried(
  ask: (path: string, init?: Record<string, unknown>) => Promise<Response>,
): Promise<void> {
  const headers = { "x-user": randomUUID(), "content-type": "application/json" };
  const post = async (path: string, body: object) => {
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await ask(`/api/v1/contacts/${path}`, init);
    const json = (await answer.json()) as { data: Record<string, unknown> };
    expect(json).toMatchObject({ success: true });
    return json.data;
  };
  const phoneNumbers = ["+201001234567", "+442079460958"];
  const added = "+33123456789";
  const { contacts_inserted, sync_token } = await post("sync", {
    phoneNumbers,
    deviceContactsCount: 2,
    deviceId: "phone",
    mode: "replace",
  });
  expect(contacts_inserted).toBe(2);
  const delta = await post("sync/delta", {
    syncToken: sync_token,
    digest: digestOf([...phoneNumbers, added].map(phoneHash)),
    added: [phoneHash(added)],
    removed: [],
  });
  expect(delta).toMatchObject({ contacts_inserted: 1 });
  const listed = await ask("/api/v1/contacts", { headers });
  expect(await listed.json()).toMatchObject({ data: { contacts: [{}, {}, {}] } });
  expect((await ask("/api/v1/contacts")).status).toBe(401);
  expect((await ask("/healthz")).status).toBe(200);
  expect((await ask("/readyz")).status).toBe(200);
}

/** Where there is no registry, these tests are skipped by name; not in CI. */
async function install(): Promise<boolean> {
  if (existsSync(join(MODULES, "hono")) && existsSync(join(MODULES, "deno"))) return true;
  return promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], { cwd: HERE }).then(
    () => true,
    () => false,
  );
}
