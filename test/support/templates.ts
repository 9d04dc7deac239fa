import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endSessions, joinNodes, nodesOf } from "./citus.ts";
import { grantAsSupabaseDoes } from "./supabase-roles.ts";
import { withSuperuser } from "./superuser.ts";
import type { TestServer } from "./test-server.ts";

export type Template = "migrated" | "supabase" | "undistributed";

const MIGRATIONS = fileURLToPath(new URL("../../database/migrations", import.meta.url));
const MIGRATE = new URL("../../src/database/migrations/migrate.ts", import.meta.url);

const ready = new Map<string, Promise<string>>();

/** Builds the template, unless this or another worker has, and gives the database's name. */
export function prepareTemplate(server: TestServer, template: Template): Promise<string> {
  const key = `${server.host} ${template}`;
  const name = ready.get(key) ?? build(server, template);
  ready.set(key, name);
  return name;
}

async function build(server: TestServer, template: Template): Promise<string> {
  // Named after what is in it, so that watch mode picks up a changed migration.
  const name =
    template === "supabase" ? `template_${template}` : `template_${template}_${migrationsDigest()}`;
  await withSuperuser(server, "postgres", async (client) => {
    await client.query("select pg_advisory_lock(hashtext('contact_sync test templates'))");
    const { rows } = await client.query<{ datistemplate: boolean }>(
      "select datistemplate from pg_database where datname = $1",
      [name],
    );
    if (rows[0]?.datistemplate) return;
    const nodes = nodesWith(server, template);
    for (const node of nodes) {
      await withSuperuser(node, "postgres", async (admin) => {
        // What an attempt that failed half-way has left.
        await admin.query(`drop database if exists ${name} with (force)`);
        await admin.query(`create database ${name} template template0 owner postgres`);
      });
      await grantAsSupabaseDoes(node, name);
    }
    if (nodes.length > 1) await joinNodes(server, name);
    if (template !== "supabase") await migrate(server, name);
    if (template === "migrated" && nodes.length > 1) await distribute(server, name);
    // The first of them last, since it is what says that the template is complete.
    for (const node of nodes.toReversed()) {
      await withSuperuser(node, "postgres", async (admin) => {
        await admin.query(`alter database ${name} with is_template true allow_connections false`);
        await endSessions(admin, name);
      });
    }
  });
  return name;
}

/** The servers that a clone of the template lies on: what isn't ours is on no other node. */
export function nodesWith(server: TestServer, template: Template): TestServer[] {
  return template === "supabase" ? [server] : nodesOf(server);
}

async function migrate(server: TestServer, database: string): Promise<void> {
  if (!existsSync(MIGRATE)) return;
  const module = (await import("../../src/database/migrations/migrate.ts" as string)) as {
    migrate(options: { connectionString: string }): Promise<unknown>;
  };
  const host = encodeURIComponent(server.host);
  await module.migrate({
    connectionString: `postgresql://postgres@/${database}?host=${host}&port=${server.port}`,
  });
}

async function distribute(server: TestServer, database: string): Promise<void> {
  await withSuperuser({ ...server, superuser: "postgres" }, database, async (client) => {
    await client.query("select distribute_contact_sync()");
    // Rights that only nodes can give which have the tables.
    await client.query("select distribute_contact_sync()");
  });
}

function migrationsDigest(): string {
  const digest = createHash("sha256");
  const files = existsSync(MIGRATIONS) ? readdirSync(MIGRATIONS).sort() : [];
  for (const file of files) digest.update(file).update(readFileSync(join(MIGRATIONS, file)));
  if (existsSync(MIGRATE)) digest.update(readFileSync(MIGRATE));
  digest.update(readFileSync(fileURLToPath(import.meta.url)));
  return digest.digest("hex").slice(0, 12);
}
