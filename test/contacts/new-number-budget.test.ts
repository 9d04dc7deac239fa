import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres } from "../support/postgres.ts";
import {
  numberOf,
  numbers,
  refusal,
  streamOf,
  useContactSync,
} from "../support/use-contact-sync.ts";

/** What a chunk of a stream holds. */
const CHUNK = 5_000;

describePostgres("the budget for new numbers", (server) => {
  const { contactSync, database } = useContactSync(server);
  const setBudget = (burst: number, perDay = 24) =>
    database().pool.query("select set_new_number_budget($1, $2)", [burst, perDay]);
  afterEach(() => setBudget(20_000, 2_000));

  test("is told with every sync", async () => {
    const owner = randomUUID();
    const { budget } = await contactSync().syncContacts(owner, numbers(3), 3);
    expect(budget).toEqual({ limit: 12_000, remaining: 11_997, reset: 130 });
    const again = await contactSync().syncContacts(owner, streamOf(numbers(3)), null);
    expect(again.budget).toMatchObject({ limit: 12_000, remaining: 11_997 });
  });

  test("refuses a sync that is beyond it, with figures for a program", async () => {
    await setBudget(10);
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(4), 4);
    const refused = contactSync().syncContacts(owner, numbers(9, 100), 9, {
      mode: "replace",
      confirmRemoval: true,
    });
    const error = await refusal(refused, "NEW_NUMBER_BUDGET_EXCEEDED");
    expect(error.details).toEqual({
      limit: 10,
      remaining: 6,
      reset: expect.any(Number),
      new_numbers: 9,
      retry_after_seconds: expect.any(Number),
    });
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({
      contacts_count: 4,
      sync_status: "failed",
      last_error_code: "NEW_NUMBER_BUDGET_EXCEEDED",
    });
    const { budget } = await contactSync().syncContacts(owner, numbers(4), 4);
    expect(budget?.remaining).toBe(6);
  });

  test("that ends in the middle of a stream leaves its chunks stored, and says so", async () => {
    await setBudget(CHUNK + 100);
    const owner = randomUUID();
    const all = numbers(CHUNK + 200);
    for (const mode of ["merge", "replace"] as const) {
      const stream = contactSync().syncContacts(owner, streamOf(all), null, { mode });
      const error = await refusal(stream, "NEW_NUMBER_BUDGET_EXCEEDED");
      expect(error.message).toContain(`The chunks before it, ${CHUNK} contacts, are stored.`);
      expect(error.details).toMatchObject({ limit: CHUNK + 100, remaining: 100, processed: CHUNK });
      expect((await contactSync().summarizeContacts(owner)).contacts_count).toBe(CHUNK);
    }
    // What is stored is free, so that it goes on where it ended.
    await contactSync().syncContacts(owner, streamOf(all.slice(0, CHUNK + 100)), null);
  });

  test("is not asked where the caller says so", async () => {
    await setBudget(1);
    const owner = randomUUID();
    const free = { budget: false };
    expect(await contactSync().syncContacts(owner, numbers(9), 9, free)).toMatchObject({
      contacts_inserted: 9,
      budget: null,
    });
    const stream = streamOf(numbers(9, 50));
    expect(
      await contactSync().syncContacts(owner, stream, null, { ...free, mode: "merge" }),
    ).toMatchObject({ contacts_inserted: 9, budget: null });
    await contactSync().create({ owner_id: owner, phone_hash: "a".repeat(32) });
    expect((await contactSync().syncContacts(owner, [numberOf(70)], 1)).budget?.remaining).toBe(0);
    await refusal(
      contactSync().syncContacts(owner, [], 0, { budget: "no" as never }),
      "INVALID_ARGUMENT",
    );
  });

  test("is the database's, whoever sets it", async () => {
    const strict = await openContactSync(database(), { newNumberBudget: { burst: 2, perDay: 1 } });
    await refusal(strict.syncContacts(randomUUID(), numbers(3), 3), "NEW_NUMBER_BUDGET_EXCEEDED");
    await refusal(
      contactSync().syncContacts(randomUUID(), numbers(3), 3),
      "NEW_NUMBER_BUDGET_EXCEEDED",
    );

    await openContactSync(database(), { newNumberBudget: { burst: 0 } });
    expect(await contactSync().syncContacts(randomUUID(), numbers(3), 3)).toMatchObject({
      budget: null,
    });
    for (const wrong of [{ burst: -1 }, { burst: 1.5 }, { perDay: 0 }, { perDay: 2_000_000_000 }]) {
      await refusal(openContactSync(database(), { newNumberBudget: wrong }), "INVALID_ARGUMENT");
    }
  });
});
