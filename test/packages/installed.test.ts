// Both packages as a user gets them: packed, installed into empty projects from the registry, loaded
// in every way, and compiled against.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../support/available.ts";
import { assertBuilt } from "../support/built.ts";
import { TEST_KEY } from "../support/key.ts";
import { describePostgres } from "../support/postgres.ts";

assertBuilt();

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

const run = promisify(execFile);

async function isThere(): Promise<boolean> {
  const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const asked = ["view", `pg@${dependencies.pg}`, "version", "--fetch-retries=0"];
  return run("npm", asked, { timeout: 30_000 }).then(
    ({ stdout }) => stdout.includes(dependencies.pg),
    () => false,
  );
}

const SYNC = `
import { readAddressBook } from "contact-sync/readers";
import { serve } from "contact-sync/http";
import { createContactSync, startEmbeddedDatabase } from "contact-sync";

const ContactsWithAccounts = await createContactSync({
  database: process.env.DATABASE_URL,
  key: process.env.CONTACT_SYNC_KEY,
});
const owner = "b2000000-0000-4000-8000-000000000001";
const aylin = "a1000000-0000-4000-8000-000000000001";
await ContactsWithAccounts.link(aylin, "+20 100 123 4567");
async function* file() {
  yield new TextEncoder().encode("Phone\\n+20 100 123 4567\\n+442079460958\\n");
}
async function* numbers() {
  for await (const { phone } of readAddressBook(file())) yield phone;
}
const { contacts_inserted, matches } = await ContactsWithAccounts.syncContacts(owner, numbers(), null);
await ContactsWithAccounts.close();

const service = await serve({
  environment: { ...process.env, PORT: "0", LOG_LEVEL: "silent" },
  announce() {},
});
const { status } = await fetch(service.address + "/readyz");
await service.stop();
console.log(JSON.stringify({ contacts_inserted, matches, status, kind: typeof startEmbeddedDatabase }));
`;

// Not the version that the library brings along, as an app has it.
const OTHER_DRIVER_TYPES = "@types/pg@8.16.0";

const COMMONJS = `
const assert = require("node:assert");
const client = require("@contact-sync/client");
const hashing = require("@contact-sync/client/hashing");
const protocol = require("@contact-sync/client/protocol");
const encryption = require("@contact-sync/client/encryption");
const node = require("@contact-sync/client/node");
for (const entry of ["", "/encryption", "/hashing", "/node", "/protocol"]) {
  const loaded = require.resolve("@contact-sync/client" + entry);
  assert.match(loaded, /[/\\\\]dist[/\\\\]cjs[/\\\\]/);
  const text = require("node:fs").readFileSync(loaded, "utf8");
  assert.doesNotMatch(text, /^(?:import|export) /m);
}
assert.strictEqual(hashing.phoneHash, client.phoneHash);
assert.strictEqual(protocol.ContactSyncError, client.ContactSyncError);
assert.throws(() => encryption.encryptedStorage({}, { key: "" }), client.ContactSyncError);
assert.strictEqual(typeof node.fileStorage("state").getItem, "function");
assert.strictEqual(Object.keys(require.cache).some((file) => file.includes("noble")), false);
const { hashes } = client.hashPhoneNumbers(["0100 123 4567"], { defaultRegion: "EG" });
assert.throws(() => client.normalizePhoneNumber("1", { region: "EG" }), /is not an option/);
import("@contact-sync/client").then((modules) => {
  assert.deepStrictEqual(Object.keys(modules).sort(), Object.keys(client).sort());
  console.log(hashes[0], hashing.phoneHash("+201001234567"));
});
`;

const TYPED = `
import pg from "pg";
import {
  type Contact,
  type ContactsWithAccounts,
  createContactSync,
  type SyncOptions,
  type SyncTimings,
} from "contact-sync";
import { type Service, serve } from "contact-sync/http";
import { type AddressBookEntry, readAddressBook } from "contact-sync/readers";
import { type Contact as ContactJson, type Problem, phoneHash, type Success } from "@contact-sync/client";
import { canonicalPhoneHash } from "@contact-sync/client/hashing";
import { encryptedStorage } from "@contact-sync/client/encryption";
import { fileStorage } from "@contact-sync/client/node";
import { isContactSyncError, MAX_CONTACTS_PER_CALL } from "@contact-sync/client/protocol";

export async function run(engine: ContactsWithAccounts, entries: AsyncIterable<Uint8Array>) {
  const timings: SyncTimings[] = [];
  const options: SyncOptions = { mode: "merge", onTimings: (told) => timings.push(told) };
  const { matches } = await engine.syncContacts("user", [phoneHash("+201001234567")], 1, options);
  const contact: Contact | null = await engine.findContact("user", matches[0]?.phone_hash ?? "");
  const created: Date | undefined = contact?.created_at;
  for await (const entry of readAddressBook(entries)) show(entry);
  // @ts-expect-error there is no such option
  await engine.syncContacts("user", [], 0, { batchsize: 5 });
  return [created, canonicalPhoneHash(""), isContactSyncError(null), MAX_CONTACTS_PER_CALL];
}

export const storage = encryptedStorage(fileStorage("state"), { key: new Uint8Array(32) });

export async function open(pool: pg.Pool): Promise<ContactsWithAccounts[]> {
  // @ts-expect-error a number is no database
  await createContactSync({ database: 5, key: null });
  // @ts-expect-error nor is a pool's configuration with an option that pg does not have
  await createContactSync({ database: { connectionstring: "postgresql://" }, key: null });
  // @ts-expect-error the key is not left out by mistake
  await createContactSync({ database: pool });
  return [
    await createContactSync({ database: pool, key: null }),
    await createContactSync({ database: { connectionString: "postgresql://" }, key: "key" }),
  ];
}

export async function answer(response: { json(): Promise<unknown> }): Promise<string> {
  const body = (await response.json()) as Success<ContactJson> | Problem;
  return body.success ? body.data.created_at : (body.pointer ?? body.request_id);
}

export const start = (): Promise<Service> => serve({ environment: process.env });

function show(entry: AddressBookEntry): number {
  return entry.line;
}
`;

/** The client alone, in a CommonJS module of somebody who compiles. */
const TYPED_COMMONJS = `
import client = require("@contact-sync/client");
import { phoneHash, type Sha256 } from "@contact-sync/client/hashing";
import type { Problem } from "@contact-sync/client/protocol";

const sha256: Sha256 = () => "";
export const hash: string = client.createPhoneHasher(sha256)(phoneHash("+201001234567"));
export const codeOf = (problem: Problem): client.ErrorCode => problem.code;
`;

const STRICT = {
  target: "ES2023",
  lib: ["ES2023"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
};

describe.skipIf(!available("the npm registry", await isThere()))(
  "installed from the npm registry",
  () => {
    let folder: string;
    let esm: string;
    let commonjs: string;
    const printed: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "contact-sync-installed-"));
      const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
      const packed = await run("npm", [...pack, ".", "./client"], { cwd: ROOT });
      const tarballs = (JSON.parse(packed.stdout) as { filename: string }[]).map(({ filename }) =>
        join(folder, filename),
      );
      const project = async (type: string) => {
        const cwd = join(folder, type);
        await write(join(cwd, "package.json"), JSON.stringify({ private: true, type }));
        const options = ["--prefer-offline", "--no-audit", "--no-fund"];
        const install = ["install", ...options, ...tarballs, OTHER_DRIVER_TYPES];
        const { stdout, stderr } = await run("npm", install, { cwd });
        printed.push(stdout, stderr);
        return cwd;
      };
      esm = await project("module");
      commonjs = await project("commonjs");
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test("without a warning, of an engine or any other", () => {
      expect(printed.join("\n")).not.toMatch(/EBADENGINE|npm (?:warn|error)/i);
    });

    describePostgres("ES modules", (server) => {
      test("sync through the library, read a file, and serve", async () => {
        const database = await server.createDatabase();
        const file = await write(join(esm, "sync.js"), SYNC);
        const { stdout } = await run(process.execPath, [file], {
          env: {
            PATH: process.env["PATH"],
            DATABASE_URL: database.connectionString,
            CONTACT_SYNC_KEY: TEST_KEY,
            CONTACT_SYNC_SERVICE_KEYS: TEST_KEY,
            HOST: "127.0.0.1",
          },
        });
        expect(JSON.parse(stdout)).toEqual({
          contacts_inserted: 2,
          matches: [
            {
              index: 0,
              indexes: [0],
              phone_hash: "9476e557c9e413deae474978709659f5",
              user_id: "a1000000-0000-4000-8000-000000000001",
              silent: false,
            },
          ],
          status: 200,
          kind: "function",
        });
      });
    });

    test("the command is there", async () => {
      const { stdout } = await run(join(esm, "node_modules/.bin/contact-sync"), ["generate-key"]);
      expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    });

    test("CommonJS requires the client as CommonJS, one copy for all its entries", async () => {
      const file = await write(join(commonjs, "client.js"), COMMONJS);
      const { stdout } = await run(process.execPath, [file]);
      const hash = "9476e557c9e413deae474978709659f5";
      expect(stdout).toBe(`${hash} ${hash}\n`);
    });

    test("CommonJS imports the library", async () => {
      const text = 'import("contact-sync").then((it) => console.log(typeof it.createContactSync));';
      const file = await write(join(commonjs, "library.js"), text);
      expect((await run(process.execPath, [file])).stdout).toBe("function\n");
    });

    test.each([
      ["NodeNext", { module: "NodeNext" }],
      ["a bundler", { module: "Preserve", moduleResolution: "bundler" }],
    ])("strict TypeScript compiles, resolved as by %s", async (name, options) => {
      const cwd = join(esm, name.replace(" ", "-"));
      await write(join(cwd, "index.ts"), TYPED);
      expect(await compile(cwd, options)).toBe("");
    });

    test("strict TypeScript compiles to CommonJS", async () => {
      const cwd = join(commonjs, "typed");
      await write(join(cwd, "index.ts"), TYPED_COMMONJS);
      expect(await compile(cwd, { module: "NodeNext" })).toBe("");
    });
  },
);

/** What the compiler prints: nothing where all is well. */
async function compile(cwd: string, options: object): Promise<string> {
  const config = { compilerOptions: { ...STRICT, ...options }, include: ["index.ts"] };
  await write(join(cwd, "tsconfig.json"), JSON.stringify(config));
  return run(process.execPath, [TSC, "-p", cwd]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

async function write(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}
