// docs/supabase.md: its snippets run as a signed-in user, with the client's calls sent as PostgREST
// sends them.
import { phoneHash } from "@contact-sync/client";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { fencesOf, readDocument } from "./support/markdown.ts";

const OMAR = "b2000000-0000-4000-8000-000000000001";
const AYLIN = "a1000000-0000-4000-8000-000000000001";
const DANA = "a1000000-0000-4000-8000-000000000002";
const [AYLINS, DANAS, NOBODYS] = ["+201001234567", "+201001234568", "+201001234569"];

interface Phone {
  deviceId?: string;
  friends?: Record<string, string>;
  last?: { hashes: string[]; mark: string; cursor: string };
}

type Rpc = (name: string, args: Record<string, unknown>) => Promise<{ data: unknown }>;
type Sync = (
  supabase: { rpc: Rpc },
  user: { id: string },
  phone: Phone,
  numbers: string[],
) => Promise<void>;
type Ask = (...args: unknown[]) => Promise<unknown>;

const FUNCTIONS = ["syncAll", "syncChanges", "follow", "devicesOf", "forget"] as const;

/** All functions of the page in one module. */
async function readSnippets() {
  const code = fencesOf(await readDocument("docs/supabase.md"))
    .filter(({ language }) => language === "js")
    .map(({ code }) => code)
    .join("\n");
  const client = JSON.stringify(import.meta.resolve("@contact-sync/client"));
  const text = `${code.replace('"@contact-sync/client"', client)}\nexport { ${FUNCTIONS.join(", ")} };`;
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as {
    syncAll: Sync;
    syncChanges: Sync;
    follow: Ask;
    devicesOf: Ask;
    forget: Ask;
  };
}

describePostgres("docs/supabase.md", (server) => {
  let client: pg.Client;

  beforeAll(async () => {
    const { connectionString } = await server.createDatabase();
    client = new pg.Client({ connectionString });
    await client.connect();
    await client.query("select use_unsealed()");
  });
  afterAll(() => client?.end());

  /** What supabase-js gives for a signed-in user: the result as JSON, or the error. */
  const rpc: Rpc = async (name, args) => {
    const names = Object.keys(args);
    const list = names.map((argument, index) => `${argument} => $${index + 1}`).join(", ");
    await client.query("begin; set local role authenticated");
    try {
      await client.query("select set_config('request.jwt.claims', $1, true)", [
        JSON.stringify({ sub: OMAR, role: "authenticated" }),
      ]);
      const isSet = name === "list_sync_devices";
      const { rows } = await client.query(
        `select ${isSet ? "json_agg(to_json(f))" : "to_json(f)"} as data from ${name}(${list}) as f`,
        Object.values(args),
      );
      await client.query("commit");
      return { data: rows[0].data, error: null };
    } catch (error) {
      await client.query("rollback");
      return { data: null, error };
    }
  };
  const link = async (number: string, user: string) => {
    await client.query("select link_phone($1, $2)", [phoneHash(number), user]);
    await client.query("select link_pending_phones()");
  };

  test("a phone syncs all, then what changed, and hears who has joined", async () => {
    const { syncAll, syncChanges, follow, devicesOf, forget } = await readSnippets();
    const supabase = { rpc };
    const user = { id: OMAR };
    const phone: Phone = {};
    const page = {};
    await link(AYLINS, AYLIN);

    await syncAll(supabase, user, phone, [AYLINS, DANAS]);
    expect(phone.friends).toEqual({ [phoneHash(AYLINS)]: AYLIN });
    expect(await follow(supabase, user, page)).toMatchObject({ changed_phone_hashes: [] });

    await link(DANAS, DANA);
    const lost = structuredClone(phone);
    await syncChanges(supabase, user, phone, [DANAS, NOBODYS]);
    expect(phone.friends).toEqual({ [phoneHash(DANAS)]: DANA });
    // The answer was lost: the same again.
    await syncChanges(supabase, user, lost, [DANAS, NOBODYS]);
    expect(lost).toEqual(phone);
    expect(await follow(supabase, user, page)).toMatchObject({ changed_user_ids: [DANA] });
    expect(await devicesOf(supabase, user)).toMatchObject([
      { device_id: phone.deviceId, contacts_count: 2 },
    ]);

    // A mark that is another by now: all is synced anew.
    phone.last = { ...(phone.last as NonNullable<Phone["last"]>), mark: OMAR };
    await syncChanges(supabase, user, phone, [AYLINS, DANAS]);
    expect(phone.friends).toEqual({ [phoneHash(AYLINS)]: AYLIN, [phoneHash(DANAS)]: DANA });
    await syncChanges(supabase, user, phone, [AYLINS, DANAS]);
    expect(phone.last.hashes).toHaveLength(2);

    expect(await forget(supabase, user, phone.deviceId)).toBe(2);
    expect(await forget(supabase, user, phone.deviceId)).toBeNull();
  });
});
