import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

describePostgres("a call writes all or nothing", (server) => {
  const { rows, value } = useSql(server);

  // A fault that comes late and from outside: the disk is full, the row is cursed.
  beforeAll(async () => {
    await rows(`
      alter table contacts_with_accounts
        add constraint cursed check (phone_key < 'ffffffff-0000-0000-0000-000000000000')`);
  });

  const everything = (owner: string) =>
    value(
      `select jsonb_build_object(
         'contacts', (select jsonb_agg(to_jsonb(c) order by phone_key) from contacts_with_accounts c where owner_id = $1),
         'status',   (select jsonb_agg(to_jsonb(s)) from contact_sync_status s where owner_id = $1),
         'staged',   (select jsonb_agg(to_jsonb(k)) from contact_sync_staged_keys k where owner_id = $1),
         'streams',  (select jsonb_agg(to_jsonb(t)) from contact_sync_streams t where owner_id = $1),
         'runs',     (select jsonb_agg(to_jsonb(r) order by run_id) from contact_sync_runs r where owner_id = $1))`,
      owner,
    );

  /** 250 numbers, the last of them cursed: the fault comes in the third batch of 100. */
  const withCursed = () => {
    const [last = "", ...hashes] = newPhones(250);
    return [...hashes, `ffffffff${last.slice(8)}`];
  };

  const calls: Record<string, (owner: string, hashes: string[]) => [string, unknown[]]> = {
    "a sync": (owner, hashes) => ["select sync_user_contacts($1, $2, 250, 100)", [owner, hashes]],
    "a replacing sync": (owner, hashes) => [
      "select sync_phone_keys($1, $2, 250, 100, 'replace', true)",
      [owner, hashes],
    ],
    "a chunk of a stream": (owner, hashes) => [
      "select contact_sync_stream_chunk($1, $3, $2, 100, true)",
      [owner, hashes, newUser()],
    ],
    "a bulk insert": (owner, hashes) => [
      "select bulk_insert_contacts($1, 100)",
      [JSON.stringify(hashes.map((phone_hash) => ({ owner_id: owner, phone_hash })))],
    ],
  };

  test.each(Object.entries(calls))("%s that fails in its third batch", async (_, call) => {
    const owner = newUser();
    await rows("select sync_user_contacts($1, $2, 40)", owner, newPhones(40));
    const before = await everything(owner);

    const [text, values] = call(owner, withCursed());
    await expect(rows(text, ...values)).rejects.toThrow("cursed");
    expect(await everything(owner)).toEqual(before);
  });

  test.each(
    Object.entries(calls),
  )("%s of somebody new leaves no trace of them", async (_, call) => {
    const owner = newUser();
    const [text, values] = call(owner, withCursed());
    await expect(rows(text, ...values)).rejects.toThrow("cursed");
    expect(await everything(owner)).toEqual({
      contacts: null,
      status: null,
      staged: null,
      streams: null,
      runs: null,
    });
  });

  test.each(Object.entries(calls))("%s may be repeated after a failure", async (_, call) => {
    const owner = newUser();
    const hashes = withCursed();
    await expect(rows(...spread(call(owner, hashes)))).rejects.toThrow("cursed");
    await rows(...spread(call(owner, hashes.slice(0, -1))));
    await rows(...spread(call(owner, hashes.slice(0, -1))));
    expect(
      await value("select contacts_count from contact_sync_status where owner_id = $1", owner),
    ).toBe(249);
  });

  test("nobody is refused halfway through several owners", async () => {
    const owners = Array.from({ length: 5 }, newUser).sort();
    const [good = "", other = ""] = newPhones(2);
    const contacts = owners.map((owner_id) => ({ owner_id, phone_hash: good }));
    const last = { owner_id: owners.at(-1), phone_hash: `ffffffff${other.slice(8)}` };
    const call = rows("select bulk_insert_contacts($1, 1)", JSON.stringify([...contacts, last]));
    await expect(call).rejects.toThrow("cursed");
    expect(
      await value("select count(*) from contact_sync_status where owner_id = any ($1)", owners),
    ).toBe("0");
  });
});

const spread = ([text, values]: [string, unknown[]]): [string, ...unknown[]] => [text, ...values];
