import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { expect, test } from "vitest";
import { environmentOf, runCli } from "../cli/support/run-cli.ts";
import { SERVICE_KEY, useApp } from "../http/support.ts";
import { earlier } from "../support/earlier.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../support/sql.ts";
import { tracesOf } from "../support/traces.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

/** Makes an owner silent for so many months: their rows become that old. */
const AGED = [
  `update contact_sync_status set last_sync_at = ${earlier("last_sync_at", "$2::interval")}, created_at = ${earlier("created_at", "$2::interval")}, updated_at = ${earlier("updated_at", "$2::interval")} where owner_id = $1`,
  `update contact_sync_devices set last_seen_at = ${earlier("last_seen_at", "$2::interval")} where owner_id = $1`,
  `update contacts_with_accounts set created_at = ${earlier("created_at", "$2::interval")}, updated_at = ${earlier("updated_at", "$2::interval")} where owner_id = $1`,
];

describePostgres("set_retention", (server) => {
  const { row, rows } = useSql(server);

  test("tells, sets, and leaves what is null", async () => {
    const first = {
      silent_owner_months: 18,
      forgotten_number_months: 0,
      run_days: 90,
      choice_days: 30,
    };
    expect(await row("select * from set_retention()")).toEqual(first);
    const second = { ...first, silent_owner_months: 6, choice_days: 7 };
    expect(await row("select * from set_retention(6, null, null, 7)")).toEqual(second);
    expect(await row("select * from set_retention()")).toEqual(second);
    await rows("delete from contact_sync_settings"); // restored without its data
    expect(await row("select * from set_retention()")).toEqual(first);
    const third = { ...first, forgotten_number_months: 12, run_days: 10 };
    expect(await row("select * from set_retention(null, 12, 10)")).toEqual(third);
    await row("select set_new_number_budget(5, 5)");
    expect(await row("select * from set_retention()")).toEqual(third);
  });

  test.each([
    ["p_silent_owner_months", "-1"],
    ["p_silent_owner_months", "241"],
    ["p_forgotten_number_months", "-1"],
    ["p_forgotten_number_months", "241"],
    ["p_run_days", "0"],
    ["p_run_days", "3651"],
    ["p_choice_days", "3651"],
  ])("refuses %s => %s and sets nothing", async (name, value) => {
    const before = await row("select * from set_retention()");
    const others = name === "p_run_days" ? "p_silent_owner_months => 3" : "p_run_days => 3";
    const { code } = await refusalOf(rows(`select set_retention(${name} => ${value}, ${others})`));
    expect(code).toBe("INVALID_ARGUMENT");
    expect(await row("select * from set_retention()")).toEqual(before);
  });
});

describePostgres("apply_retention", (server) => {
  const { database, row, rows, value } = useSql(server);
  const aged = async (owner: string, age = "19 months") => {
    for (const text of AGED) await rows(text, owner, age);
  };
  const sync = (owner: string, phones: string[], device: string | null = null) =>
    rows(
      "select sync_phone_keys($1, $2, 9, 500, 'merge', false, false, $3)",
      owner,
      phones,
      device,
    );
  const book = async (owner: string) =>
    (
      await rows(
        "select phone_key::text as key from contacts_with_accounts where owner_id = $1 order by 1",
        owner,
      )
    ).map(({ key }) => key.replaceAll("-", ""));
  /** All portions of a walk; what each removed. */
  const walk = async (max: number) => {
    const removed: number[] = [];
    for (;;) {
      const portion = await row("select * from apply_retention($1)", max);
      removed.push(portion.contacts_removed);
      if (!portion.has_more) return removed;
    }
  };

  test("takes unlinked contacts from owners who were silent, and from nobody else", async () => {
    const [silent, recent, calling, added, failing] = Array.from({ length: 5 }, newUser) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const [linked = "", other = "", late = ""] = newPhones(3);
    await rows("select link_phone($1, $2)", linked, newUser());
    for (const owner of [silent, recent, calling, added, failing]) {
      await sync(owner, [linked, other], "phone");
    }
    await aged(silent);
    await aged(recent, "17 months");
    // A device that was heard of, though its syncs changed nothing; a contact that a back end has
    // added, and one that was called; a sync that failed.
    await aged(calling);
    await rows("update contact_sync_devices set last_seen_at = now() where owner_id = $1", calling);
    await aged(added);
    await rows(
      "select bulk_insert_contacts($1)",
      JSON.stringify([
        { owner_id: added, phone_hash: late },
        { owner_id: added, phone_hash: other, last_interaction: new Date() },
      ]),
    );
    await aged(failing);
    await rows("select contact_sync_record_failure($1, 3, 'merge', 500, 10, 'INTERNAL')", failing);

    const expired = { silent_owners: "1", unlinked_contacts: "1" };
    expect(await row("select silent_owners, unlinked_contacts from count_expired()")).toEqual(
      expired,
    );
    expect(await walk(100)).toEqual([1]);
    expect(await book(silent)).toEqual([linked]);
    expect(await book(recent)).toEqual([linked, other]);
    expect(await book(calling)).toEqual([linked, other]);
    expect(await book(added)).toEqual([linked, other, late]);
    expect(await book(failing)).toEqual([linked, other]);
    const count = "select contacts_count from contact_sync_status where owner_id = $1";
    expect(await value(count, silent)).toBe(1);
    expect(await walk(100)).toEqual([0]);
  });

  test("does not look at who has an account and is not to be found", async () => {
    const [owner, [hidden = ""]] = [newUser(), newPhones(1)];
    await sync(owner, [hidden]);
    // The number has a user, whom the stored link does not show.
    await rows("insert into phones values ($1, $2, now())", hidden, newUser());
    await aged(owner);
    await walk(100);
    expect(await book(owner)).toEqual([]);
  });

  test("goes in portions, however the contacts are spread, and each is small", async () => {
    const owners = Array.from({ length: 7 }, newUser);
    for (const owner of owners) {
      await sync(owner, newPhones(5));
      await aged(owner);
    }
    const removed = await walk(3);
    expect(removed.reduce((sum, count) => sum + count, 0)).toBe(35);
    expect(Math.max(...removed)).toBe(3);
    for (const owner of owners) expect(await book(owner)).toEqual([]);
  });

  test("goes on from where a portion has stopped, and comes round", async () => {
    const owners = Array.from({ length: 4 }, newUser).toSorted();
    for (const owner of owners) {
      await sync(owner, newPhones(2));
      await aged(owner);
    }
    await row("select * from apply_retention(2)");
    expect(await book(owners[0] as string)).toEqual([]);
    // Somebody before it falls silent meanwhile: the next walk has them.
    const first = `00000000-0000-4000-8000-${newUser().slice(-12)}`;
    await sync(first, newPhones(1));
    await aged(first);
    await walk(2);
    expect(await book(owners[3] as string)).toEqual([]);
    await walk(2);
    expect(await book(first)).toEqual([]);
  });

  test("waits for nobody: an owner who is locked comes with the next walk", async () => {
    const [locked, free] = [newUser(), newUser()];
    for (const owner of [locked, free]) {
      await sync(owner, newPhones(1));
      await aged(owner);
    }
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select from contact_sync_status where owner_id = $1 for update", [
        locked,
      ]);
      await rows("set lock_timeout = '1min'");
      await walk(100);
      expect(await book(free)).toEqual([]);
      expect(await book(locked)).toHaveLength(1);
    } finally {
      await client.query("rollback");
      client.release();
    }
    await walk(100);
    expect(await book(locked)).toEqual([]);
  });

  test("while another walks, does nothing and says that nothing is left to do", async () => {
    const owner = newUser();
    await sync(owner, newPhones(1));
    await aged(owner);
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select apply_retention()");
      expect(await row("select contacts_removed, has_more from apply_retention()")).toEqual({
        contacts_removed: 0,
        has_more: false,
      });
    } finally {
      await client.query("rollback");
      client.release();
    }
    await walk(100);
    expect(await book(owner)).toEqual([]);
  });

  test("drops forgotten numbers by age where an age is set, and else never", async () => {
    const [old = "", young = ""] = newPhones(2);
    await rows("select forget_phone($1), forget_phone($2)", old, young);
    await rows(
      "update phones set verified_at = now() - interval '10 years' where phone_key = $1",
      old,
    );
    const forgotten = async () =>
      (
        await rows(
          "select phone_key::text as key from phones where linked_user_id is null order by 1",
        )
      ).map(({ key }) => key.replaceAll("-", ""));
    await walk(100);
    expect(await forgotten()).toEqual([old, young]);
    await rows("select set_retention(p_forgotten_number_months => 12)");
    expect(await value("select forgotten_numbers from count_expired()")).toBe("1");
    await walk(100);
    expect(await forgotten()).toEqual([young]);
    await rows("select set_retention(p_forgotten_number_months => 0)");
  });

  test("0 months keep everything", async () => {
    const owner = newUser();
    await sync(owner, newPhones(1));
    await aged(owner, "30 years");
    await rows("select set_retention(0)");
    expect(await value("select unlinked_contacts from count_expired()")).toBe("0");
    await walk(100);
    expect(await book(owner)).toHaveLength(1);
    await rows("select set_retention(18)");
  });

  test("is a part of the cleaning up, which keeps runs for the days that are set", async () => {
    const owner = newUser();
    await sync(owner, newPhones(1));
    await aged(owner);
    await rows(
      "update contact_sync_runs set started_at = now() - interval '50 days' where owner_id = $1",
      owner,
    );
    const runs = "select count(*)::integer from contact_sync_runs where owner_id = $1";
    await rows("select clean_up_contact_sync()");
    expect(await value(runs, owner)).toBe(1);
    expect(await book(owner)).toEqual([]);
    await rows("select set_retention(p_run_days => 40)");
    expect(Number(await value("select runs from count_expired()"))).toBe(1);
    await rows("select clean_up_contact_sync()");
    expect(await value(runs, owner)).toBe(0);
    await rows("select set_retention(p_run_days => 90)");
  });
});

describePostgres("getRetention and applyRetention", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("clear what an owner left behind, who begins with a full sync when they are back", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync().link(user, numberOf(0));
    const device = { mode: "replace", deviceId: "phone" } as const;
    const hashes = [0, 1, 2].map(hashOf);
    const { sync_token } = await contactSync().syncPhoneHashes(owner, hashes, 3, device);
    await contactSync().setFavorite(owner, hashOf(1), true);
    const { cursor } = await contactSync().listChanges(owner);
    const { rows } = await database().pool.query(
      "select phone_key::text as key from contacts_with_accounts where owner_id = $1 and linked_user_id is null",
      [owner],
    );
    for (const text of AGED) await database().pool.query(text, [owner, "2 years"]);

    const { expired } = await contactSync().getRetention();
    expect(expired).toMatchObject({ silent_owners: 1, unlinked_contacts: 2 });
    expect(await contactSync().applyRetention()).toMatchObject({
      owners_cleared: 1,
      contacts_removed: 2,
    });
    expect((await contactSync().getRetention()).expired).toMatchObject({ silent_owners: 0 });
    const keys = rows.map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(await tracesOf(database(), server.major, keys)).toEqual([]);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({
      contacts_count: 1,
      linked_count: 1,
    });

    // Back again: the device notices, and its full sync brings back what it still has.
    const delta = {
      syncToken: sync_token as string,
      digest: digestOf(hashes),
      added: [],
      removed: [],
    };
    await refusal(contactSync().syncDelta(owner, delta), "SYNC_TOKEN_EXPIRED");
    await contactSync().listChanges(owner, { since: cursor });
    expect(await contactSync().syncPhoneHashes(owner, hashes, 3, device)).toMatchObject({
      contacts_inserted: 2,
      matched_contacts: 1,
    });
  });

  test("are set by an option, which is the database's from then on", async () => {
    const fresh = await server.createDatabase();
    const set = await openContactSync(fresh, { retention: { silentOwnerMonths: 6, runDays: 30 } });
    expect(await set.getRetention()).toMatchObject({ silent_owner_months: 6, run_days: 30 });
    const later = await openContactSync(fresh);
    expect(await later.getRetention()).toMatchObject({ silent_owner_months: 6, run_days: 30 });
    for (const wrong of [
      { silentOwnerMonths: -1 },
      { silentOwnerMonths: 241 },
      { forgottenNumberMonths: 1.5 },
      { runDays: 0 },
      { runDay: 3 },
    ]) {
      await refusal(openContactSync(fresh, { retention: wrong }), "INVALID_ARGUMENT");
    }
  });

  test("stop between two portions", async () => {
    const signal = AbortSignal.abort();
    await refusal(contactSync().applyRetention({ signal }), "ABORTED");
  });
});

describePostgres("retention over HTTP and by the command line", (server) => {
  const app = useApp(server);
  const database = useDatabase(server);

  test("is shown to the back end", async () => {
    const url = "/api/v1/admin/retention";
    const answer = await app().request({ method: "GET", url, token: SERVICE_KEY });
    expect(answer.json()).toEqual({
      success: true,
      data: {
        silent_owner_months: 18,
        forgotten_number_months: 0,
        run_days: 90,
        choice_days: 30,
        expired: {
          silent_owners: 0,
          unlinked_contacts: 0,
          forgotten_numbers: 0,
          runs: 0,
          choices: 0,
        },
      },
    });
  });

  test("is shown and applied", async () => {
    const owner = randomUUID();
    const contactSync = await openContactSync(database());
    await contactSync.syncContacts(owner, numbers(3), 3);
    for (const text of AGED) await database().pool.query(text, [owner, "2 years"]);
    const cli = (args: string[]) =>
      runCli(["retention", ...args], { environment: environmentOf(database()) });
    const shown = await cli([]);
    expect(shown.stdout).toContain(
      "Unlinked contacts of silent owners: 18 months; 3 contacts of 1 owner would go\nForgotten numbers: for good;",
    );
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({ contacts_count: 3 });
    const applied = await cli(["--apply", "--json"]);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      expired: { unlinked_contacts: 3 },
      applied: { owners_cleared: 1, contacts_removed: 3 },
    });
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({ contacts_count: 0 });
  });
});
