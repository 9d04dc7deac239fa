import { beforeAll, describe, expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, useSql } from "../../support/sql.ts";

const LEASE = "30 seconds";
const ATTEMPTS = 15;

describePostgres("the outbox", (server) => {
  const { database, rows, row, value } = useSql(server);

  /** Contacts of new owners who hold this number, linked as said. */
  async function holders(key: string, count: number, linked: string | null = null) {
    const owners = Array.from({ length: count }, newUser).sort();
    await rows(
      `insert into contacts_with_accounts (owner_id, phone_key, linked_user_id)
       select owner_id, $2, $3 from unnest($1::uuid[]) as owner_id`,
      owners,
      key,
      linked,
    );
    return owners;
  }

  const announce = (owners: string[], key: string, link: string | null) =>
    rows(
      "select contact_sync_announce($1, array_fill($2::uuid, array[$4::integer]), array_fill($3::uuid, array[$4::integer]))",
      owners,
      key,
      link,
      owners.length,
    );

  /** What is told of a number, in the order of what it is. */
  const told = (key: string) =>
    rows(
      `select is_link, user_id, is_silent, owner_ids from contact_sync_outbox
        where phone_key = $1 order by is_link, user_id, owner_ids`,
      key,
    );
  const newKey = () => asKey(newPhones(1)[0] as string);
  const users = (count: number) => Array.from({ length: count }, newUser).sort();

  describe("is written or not", () => {
    test("as the settings say, which say no until somebody says yes", async () => {
      expect(await value("select contact_sync_has_outbox()")).toBe(false);
      expect(await value("select set_webhooks()")).toBe(false);
      expect(await value("select set_webhooks(true)")).toBe(true);
      await rows("select set_new_number_budget(100, 10)");
      expect(await value("select contact_sync_has_outbox()")).toBe(true);
      expect(await value("select set_webhooks()")).toBe(true);
      expect(await value("select set_webhooks(false)")).toBe(false);
      expect(await row("select * from set_new_number_budget()")).toMatchObject({
        burst: 100,
        refill_per_day: 10,
      });
    });

    test("not in a database that was restored without its settings", async () => {
      await rows("delete from contact_sync_settings");
      expect(await value("select contact_sync_has_outbox()")).toBe(false);
      expect(await value("select set_webhooks(true)")).toBe(true);
      expect(await row("select * from set_new_number_budget()")).toMatchObject({
        burst: 20_000,
        refill_per_day: 2_000,
      });
      await rows("select set_webhooks(false)");
    });
  });

  describe("is told of", () => {
    test("a link, with all who hold the number", async () => {
      const [key, user] = [newKey(), newUser()];
      const owners = await holders(key, 3);
      await announce(owners, key, user);
      expect(await told(key)).toEqual([
        { is_link: true, user_id: user, is_silent: false, owner_ids: owners },
      ]);
    });

    test("a link that goes, and of one that moves as both", async () => {
      const key = newKey();
      const [before, after] = users(2) as [string, string];
      const left = await holders(key, 2, before);
      await announce(left, key, null);
      const moved = await holders(key, 2, before);
      await announce(moved, key, after);
      expect(await told(key)).toEqual([
        ...[left, moved]
          .sort()
          .map((owner_ids) => ({ is_link: false, user_id: before, is_silent: false, owner_ids })),
        { is_link: true, user_id: after, is_silent: false, owner_ids: moved },
      ]);
    });

    test("nothing where the stored link is the same, nor of contacts that are not stored", async () => {
      const [key, user] = [newKey(), newUser()];
      await announce(await holders(key, 2, user), key, user);
      await announce(await holders(key, 2), key, null);
      await announce([newUser()], key, user);
      expect(await told(key)).toEqual([]);
    });

    test("several numbers and users of one owner, each by itself", async () => {
      const [owner] = await holders(newKey(), 1);
      const keys = newPhones(3).map(asKey);
      const linked = users(3);
      for (const key of keys) {
        await rows(
          "insert into contacts_with_accounts (owner_id, phone_key) values ($1, $2)",
          owner,
          key,
        );
      }
      await rows(
        "select contact_sync_announce($1, $2, $3)",
        keys.map(() => owner),
        keys,
        linked,
      );
      for (const [place, key] of keys.entries()) {
        expect(await told(key)).toEqual([
          { is_link: true, user_id: linked[place], is_silent: false, owner_ids: [owner] },
        ]);
      }
    });

    test("whether a link is silent, by the number's present entry, and none that is gone", async () => {
      const key = newKey();
      const [before, after] = users(2) as [string, string];
      const owners = await holders(key, 1, before);
      await rows(
        "insert into phones (phone_key, linked_user_id, verified_at, is_silent) values ($1, $2, now(), true)",
        key,
        after,
      );
      await announce(owners, key, after);
      expect(await told(key)).toEqual([
        { is_link: false, user_id: before, is_silent: false, owner_ids: owners },
        { is_link: true, user_id: after, is_silent: true, owner_ids: owners },
      ]);
    });

    test("a number in many books by messages of 1,000 owners, each owner once", async () => {
      const [key, user] = [newKey(), newUser()];
      const owners = await holders(key, 2_500);
      await announce([...owners, ...owners.slice(0, 10)], key, user);
      const messages = await told(key);
      expect(messages.map(({ owner_ids }) => owner_ids.length).sort()).toEqual([1000, 1000, 500]);
      expect(messages.flatMap(({ owner_ids }) => owner_ids).sort()).toEqual(owners);
    });

    test("nothing by a transaction that does not commit", async () => {
      const [key, user] = [newKey(), newUser()];
      const owners = await holders(key, 1);
      const client = await database().pool.connect();
      await client.query("begin");
      await client.query("select contact_sync_announce($1, $2, $3)", [owners, [key], [user]]);
      await client.query("rollback");
      client.release();
      expect(await told(key)).toEqual([]);
    });
  });

  /** Empties the outbox and leaves one message that is due. */
  async function oneMessage(): Promise<string> {
    await rows("delete from contact_sync_outbox");
    const key = newKey();
    await announce(await holders(key, 1), key, newUser());
    return String(await value("select message_id from contact_sync_outbox"));
  }
  const take = (limit = 10) =>
    rows("select * from contact_sync_take_due_messages($1, $2)", limit, LEASE);
  const claim = (id: string, attempt: number) =>
    rows("select * from contact_sync_claim_message($1, $2, $3)", id, attempt, LEASE);
  const end = (id: string, attempt: number, failure: string | null, wait: number | null = null) =>
    value("select contact_sync_end_attempt($1, $2, $3, $4)", id, attempt, failure, wait);
  const state = (id: string) =>
    row(
      `select attempts, last_failure, set_aside_at is not null as is_set_aside,
              extract(epoch from due_at - clock_timestamp())::float8 as seconds
         from contact_sync_outbox where message_id = $1`,
      id,
    );
  const makeDue = () => rows("update contact_sync_outbox set due_at = now() where due_at > now()");

  describe("hands over a message", () => {
    test("to one, until its lease has passed", async () => {
      const id = await oneMessage();
      expect(await take()).toEqual([{ message_id: id, attempt: 1 }]);
      expect(await take()).toEqual([]);
      await makeDue();
      expect(await take()).toEqual([{ message_id: id, attempt: 1 }]);
    });

    test("to one of many who ask at once, in the order in which they are due", async () => {
      await rows("delete from contact_sync_outbox");
      for (const key of newPhones(40).map(asKey)) {
        await announce(await holders(key, 1), key, newUser());
      }
      const first = await value(
        "select message_id from contact_sync_outbox order by due_at limit 1",
      );
      expect((await take(1))[0].message_id).toBe(first);
      const taken = await Promise.all(Array.from({ length: 12 }, () => take(5)));
      const ids = taken.flat().map(({ message_id }) => message_id);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await take(40);
      expect(ids.length + rest.length).toBe(39);
    });

    test("whose attempt one of several claims", async () => {
      const id = await oneMessage();
      const claimed = (await Promise.all(Array.from({ length: 8 }, () => claim(id, 1)))).flat();
      expect(claimed).toEqual([
        {
          is_link: true,
          user_id: expect.any(String),
          phone_key: expect.any(String),
          key_number: 0,
          is_silent: false,
          owner_ids: [expect.any(String)],
          changed_at: expect.any(Date),
        },
      ]);
      expect(await claim(id, 3)).toEqual([]);
      expect((await state(id)).seconds).toBeGreaterThan(20);
      // Its worker is gone: a further attempt, which it can't claim any more.
      await makeDue();
      expect(await take()).toEqual([{ message_id: id, attempt: 2 }]);
      expect(await claim(id, 1)).toEqual([]);
      expect(await claim(id, 2)).toHaveLength(1);
      expect(await end(id, 1, "500")).toBe("superseded");
      expect(await state(id)).toMatchObject({ attempts: 2, last_failure: null });
      expect(await end(id, 1, null)).toBe("delivered");
      expect(await claim(id, 3)).toEqual([]);
    });
  });

  describe("ends an attempt", () => {
    test("that succeeded by forgetting the message", async () => {
      const id = await oneMessage();
      await claim(id, 1);
      expect(await end(id, 1, null)).toBe("delivered");
      expect(await value("select count(*)::integer from contact_sync_outbox")).toBe(0);
    });

    test("that failed by waiting longer each time, and sets it aside after three days", async () => {
      const id = await oneMessage();
      const waits: number[] = [];
      for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
        await makeDue();
        expect(await take()).toEqual([{ message_id: id, attempt }]);
        await claim(id, attempt);
        expect(await end(id, attempt, "500")).toBe("waits");
        const { seconds, last_failure } = await state(id);
        expect(last_failure).toBe("500");
        waits.push(seconds);
      }
      const whole = waits.reduce((sum, wait) => sum + wait, 0) / 3_600;
      expect(whole).toBeGreaterThan(72 * 0.78);
      expect(whole).toBeLessThan(72 * 1.22);
      expect(waits[0]).toBeLessThan(7);
      await makeDue();
      await take();
      await claim(id, ATTEMPTS);
      expect(await end(id, ATTEMPTS, "timeout")).toBe("set_aside");
      expect(await state(id)).toMatchObject({ last_failure: "timeout", is_set_aside: true });
      expect(await take()).toEqual([]);
    });

    test("waits are not all the same", async () => {
      const waits = await rows(
        "select contact_sync_delivery_delay(3) as delay from generate_series(1, 50)",
      );
      expect(new Set(waits.map(({ delay }) => JSON.stringify(delay))).size).toBeGreaterThan(10);
    });

    test("waits as long as the receiver asks, within a day", async () => {
      const id = await oneMessage();
      await claim(id, 1);
      await end(id, 1, "429", 600);
      expect(Math.round((await state(id)).seconds)).toBe(600);
      await makeDue();
      await claim(id, 2);
      await end(id, 2, "503", 1_000_000_000);
      expect(Math.round((await state(id)).seconds)).toBe(86_400);
      await makeDue();
      await claim(id, 3);
      await end(id, 3, "503", 0);
      expect((await state(id)).seconds).toBeGreaterThan(90);
    });

    test("sets a message aside at once that the receiver says is gone", async () => {
      const id = await oneMessage();
      await claim(id, 1);
      expect(await end(id, 1, "410")).toBe("set_aside");
    });

    test("sets one aside whose last worker was killed", async () => {
      const id = await oneMessage();
      await rows("update contact_sync_outbox set attempts = $1", ATTEMPTS);
      expect(await take()).toEqual([]);
      expect(await state(id)).toMatchObject({ last_failure: "interrupted", is_set_aside: true });
    });
  });

  describe("is listed and replayed", () => {
    const list = (aside: boolean | null = null) =>
      rows("select * from list_webhook_messages($1, 10)", aside);
    const replay = (ids: string[] | null) => value("select replay_webhook_messages($1)", ids);

    test("without telling whom a message is about", async () => {
      const id = await oneMessage();
      expect(await list(true)).toEqual([]);
      expect(await list(false)).toEqual([
        {
          message_id: id,
          type: "contacts.linked",
          owners: 1,
          changed_at: expect.any(Date),
          attempts: 0,
          last_failure: null,
          next_attempt_at: expect.any(Date),
          set_aside_at: null,
        },
      ]);
      await claim(id, 1);
      await end(id, 1, "410");
      expect(await list(true)).toMatchObject([{ message_id: id, last_failure: "410" }]);
      expect(await list()).toEqual(await list(true));
    });

    test("at once, with all attempts before it and the same id", async () => {
      const id = await oneMessage();
      await rows("update contact_sync_outbox set attempts = $1", ATTEMPTS - 1);
      await claim(id, ATTEMPTS);
      await end(id, ATTEMPTS, "500");
      expect(await replay([newUser()])).toBe(0);
      expect(await replay([id])).toBe(1);
      expect(await take()).toEqual([{ message_id: id, attempt: 1 }]);
    });

    test("also where it waits, but not while it is being delivered", async () => {
      const id = await oneMessage();
      expect(await replay(null)).toBe(0);
      await claim(id, 1);
      expect(await replay(null)).toBe(0);
      await end(id, 1, "500");
      expect(await replay(null)).toBe(1);
      expect(await take()).toEqual([{ message_id: id, attempt: 1 }]);
    });
  });

  test("tells those who watch how many wait, how long, and how many were set aside", async () => {
    await rows("delete from contact_sync_outbox");
    const state = () => row("select * from contact_sync_outbox_state()");
    expect(await state()).toEqual({ waiting: "0", oldest_seconds: "0", set_aside: "0" });
    for (const key of newPhones(3).map(asKey)) {
      await announce(await holders(key, 1), key, newUser());
    }
    const [first] = await rows("select message_id from contact_sync_outbox order by changed_at");
    await rows(
      "update contact_sync_outbox set changed_at = now() - interval '1 hour', due_at = null, set_aside_at = now() where message_id = $1",
      first.message_id,
    );
    await rows(
      "update contact_sync_outbox set changed_at = now() - interval '700 seconds' where due_at is not null",
    );
    const { waiting, oldest_seconds, set_aside } = await state();
    expect({ waiting, set_aside }).toEqual({ waiting: "2", set_aside: "1" });
    expect(Math.floor(Number(oldest_seconds) / 100)).toBe(7);
    const faults = await rows(
      "select code, severity from check_contact_sync() where code ~ '^WEB'",
    );
    expect(faults).toEqual([
      { code: "WEBHOOKS_WAITING", severity: "warning" },
      { code: "WEBHOOKS_SET_ASIDE", severity: "warning" },
    ]);
  });

  describe("forgets", () => {
    beforeAll(() => rows("delete from contact_sync_outbox"));

    test("whoever is erased, as a user who is linked and as an owner", async () => {
      const [key, other, erased] = [newKey(), newKey(), newUser()];
      const keepers = await holders(key, 2);
      await rows(
        "insert into contacts_with_accounts (owner_id, phone_key) values ($1, $2), ($1, $3)",
        erased,
        key,
        other,
      );
      await announce([...keepers, erased], key, newUser());
      await announce([erased], other, newUser());
      await announce(await holders(newKey(), 1), key, erased);
      const linked = newKey();
      await announce(await holders(linked, 1), linked, erased);
      const unlinked = newKey();
      await announce(await holders(unlinked, 1, erased), unlinked, null);
      await rows("select contact_sync_forget_messages($1)", erased);
      expect(await told(key)).toMatchObject([{ owner_ids: keepers }]);
      expect(await told(other)).toEqual([]);
      expect(await told(linked)).toEqual([]);
      // What the app needs to take the user off its own lists.
      expect(await told(unlinked)).toMatchObject([{ is_link: false, user_id: erased }]);
      await rows("update contact_sync_outbox set due_at = null, set_aside_at = now()");
      await rows("select contact_sync_forget_messages($1)", erased);
      expect(await told(unlinked)).toEqual([]);
    });

    test("everything after 30 days", async () => {
      const id = await oneMessage();
      await rows("update contact_sync_outbox set changed_at = now() - interval '29 days'");
      await rows("select clean_up_contact_sync()");
      expect(await state(id)).toMatchObject({ attempts: 0 });
      await rows("update contact_sync_outbox set changed_at = now() - interval '31 days'");
      await rows("select clean_up_contact_sync()");
      expect(await rows("select from contact_sync_outbox")).toEqual([]);
    });
  });
});
