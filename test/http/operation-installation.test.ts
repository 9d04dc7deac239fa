import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createLogin } from "../support/login.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { numberOf, numbers } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { operatorOf } from "./operator.ts";
import { openApp, useApp } from "./support.ts";

describePostgres("GET /admin/doctor", (server) => {
  const app = useApp(server);
  const { data } = operatorOf(app);
  const found = async (code: string) =>
    (await data("GET", "/admin/doctor")).findings.filter(
      (finding: { code: string }) => finding.code === code,
    );

  test("finds what contact-sync doctor finds, the worst first, and changes nothing", async () => {
    expect(await found("GRANTED_TO_OTHERS")).toEqual([]);
    await app().pool.query("grant select on phones to anon");
    const [finding, ...others] = await found("GRANTED_TO_OTHERS");
    expect(finding).toMatchObject({
      severity: "error",
      object: expect.stringContaining("phones"),
      message: expect.stringContaining("anon"),
      cure: expect.stringContaining("revoke"),
    });
    expect(others).toEqual([]);
    expect((await data("GET", "/admin/doctor")).findings[0].severity).toBe("error");
    expect(await found("GRANTED_TO_OTHERS")).toHaveLength(1);
    await app().pool.query("revoke select on phones from anon");
    expect(await found("GRANTED_TO_OTHERS")).toEqual([]);
  });

  test("names no key", async () => {
    const { findings } = await data("GET", "/admin/doctor");
    expect(JSON.stringify(findings)).not.toContain(TEST_KEY);
  });
});

describePostgres("the operator's endpoints, with the back end's rights alone", (server) => {
  const database = useDatabase(server);

  test("answer as they do to the tables' owner", async () => {
    const { name, connectionString } = await createLogin(
      database(),
      `in role service_role ${database().onCitus ? "bypassrls" : ""}`,
    );
    const [owner, backEnd] = [await openApp(database()), await openApp({ connectionString })];
    try {
      const userId = randomUUID();
      const paths = ["overview", "history", "failures", "webhooks", "settings", `users/${userId}`];
      for (const path of paths) {
        const [expected, answer] = [
          await operatorOf(() => owner).data("GET", `/admin/${path}`),
          await operatorOf(() => backEnd).data("GET", `/admin/${path}`),
        ];
        expect({ ...answer, at: null }, path).toEqual({ ...expected, at: null });
      }
      const { findings } = await operatorOf(() => backEnd).data("GET", "/admin/doctor");
      const wrong = findings.filter(({ severity }: { severity: string }) => severity !== "note");
      // Of the cluster's roles, other tests have theirs.
      const ours = wrong.filter(
        ({ code, object }: { code: string; object: string }) =>
          code !== "CLUSTER_ROLE" || object === `role ${name}`,
      );
      expect(ours).toEqual([]);
      const body = { phoneNumber: numberOf(1) };
      expect(
        await operatorOf(() => backEnd).data("POST", `/admin/users/${userId}/explain`, body),
      ).toEqual(await operatorOf(() => owner).data("POST", `/admin/users/${userId}/explain`, body));
    } finally {
      await backEnd.close();
      await owner.close();
    }
  });
});

describePostgres("GET /admin/settings", (server) => {
  const app = useApp(server, { limits: { perAddress: 7_000, perOwner: 700 } });
  const { data } = operatorOf(app);

  test("says what is in force, whoever set it", async () => {
    expect(await data("GET", "/admin/settings")).toEqual({
      budget: { burst: 20_000, per_day: 2_000, new_account_days: 7, new_account_burst: 12_000 },
      hold_suspects: 0,
      discoverable: "everybody",
      keep_choices_days: 30,
      retention: { silent_owner_months: 18, forgotten_number_months: 0, run_days: 90 },
      sync_token_days: 30,
      default_region: null,
      user_ids: "uuid",
      sealed: true,
      limits: {
        contacts_per_call: 10_000,
        contacts_per_stream: 1_000_000,
        contacts_per_owner: 1_000_000,
        hashes_per_delta: 10_000,
        devices_per_owner: 14,
        request_bytes: 1_048_576,
        requests_per_owner: 700,
        requests_per_address: 7_000,
      },
    });
    await app().pool.query(`
      select set_new_number_budget(500, 50, 3, 100), set_suspect_hold(60), set_choice_retention(5),
             set_retention(1, 2, 3), set_default_discoverability('mutual')`);
    expect(await data("GET", "/admin/settings")).toMatchObject({
      budget: { burst: 500, per_day: 50, new_account_days: 3, new_account_burst: 100 },
      hold_suspects: 60,
      discoverable: "mutual",
      keep_choices_days: 5,
      retention: { silent_owner_months: 1, forgotten_number_months: 2, run_days: 3 },
    });
  });

  test("where the settings were not restored, says what holds then", async () => {
    await app().pool.query("delete from contact_sync_settings");
    expect(await data("GET", "/admin/settings")).toMatchObject({
      budget: { burst: 20_000, per_day: 2_000, new_account_days: 7, new_account_burst: 12_000 },
      hold_suspects: 0,
      discoverable: "everybody",
      keep_choices_days: 30,
      retention: { silent_owner_months: 18, forgotten_number_months: 0, run_days: 90 },
    });
  });
});

describePostgres("GET /admin/webhooks", (server) => {
  const app = useApp(server);
  const { data, ask } = operatorOf(app);

  test("lists what waits and what failed, and replays it", async () => {
    const { pool } = app();
    await pool.query("select set_webhooks(true)");
    const book = await openBook(app(), 3);
    const friend = randomUUID();
    for (const phoneNumber of numbers(3))
      await data("PUT", `/users/${friend}/phones`, { phoneNumber });
    const { messages } = await data("GET", "/admin/webhooks");
    const moment = expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/);
    expect(messages).toEqual(
      Array.from({ length: 3 }, () => ({
        message_id: expect.any(String),
        type: "contacts.linked",
        owners: 1,
        changed_at: moment,
        attempts: 0,
        last_failure: null,
        next_attempt_at: moment,
        set_aside_at: null,
      })),
    );
    expect(JSON.stringify(messages)).not.toMatch(new RegExp(`${book.userId}|${friend}`));
    const [first, second, third] = messages.map(
      ({ message_id }: { message_id: string }) => message_id,
    );

    await pool.query(
      `update contact_sync_outbox set due_at = null, set_aside_at = now(), attempts = 15, last_failure = '503'
        where message_id = any ($1)`,
      [[first, second]],
    );
    const idsOf = async (query: string) =>
      (await data("GET", `/admin/webhooks${query}`)).messages.map(
        ({ message_id }: { message_id: string }) => message_id,
      );
    expect(await idsOf("?state=failed")).toEqual([first, second]);
    expect(await idsOf("?state=waiting")).toEqual([third]);
    expect(await idsOf("?limit=2")).toEqual([first, second]);
    expect((await data("GET", "/admin/overview")).webhooks).toMatchObject({
      on: true,
      waiting: 1,
      failed: 2,
    });

    const replay = (body?: object) => data("POST", "/admin/webhooks/replay", body);
    expect(await replay({ message_ids: [first, third, randomUUID()] })).toEqual({ replayed: 1 });
    expect(await idsOf("?state=failed")).toEqual([second]);
    expect(await replay({ message_ids: [] })).toEqual({ replayed: 0 });
    // The first one waits again, and has not been delivered since it failed.
    expect(await replay()).toEqual({ replayed: 2 });
    expect(await idsOf("?state=waiting")).toEqual([first, second, third]);
    for (const query of ["?state=gone", "?limit=0", "?limit=1001", "?since=1"]) {
      expect((await ask("GET", `/admin/webhooks${query}`)).statusCode, query).toBe(400);
    }
    for (const body of [{ message_ids: ["x"] }, { ids: [] }, { message_ids: null }]) {
      expect((await ask("POST", "/admin/webhooks/replay", body)).statusCode).toBe(400);
    }
  });
});
