import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { applyWithLibrary, outcomeOf, shown } from "./library.ts";
import { Model } from "./model.ts";
import { sequences } from "./operations.ts";
import { emptyTables, readTables, sealWorld, tablesOf } from "./tables.ts";
import { NUMBERS, PEOPLE } from "./world.ts";

// So that a stream of a few entries has several chunks. Files share their modules, so this one
// begins with fresh ones and leaves none of its own.
vi.hoisted(() => vi.resetModules());
vi.mock("@contact-sync/client", async (original) => ({
  ...(await original<typeof import("@contact-sync/client")>()),
  RECOMMENDED_CHUNK_CONTACTS: 4,
}));

afterAll(() => {
  vi.doUnmock("@contact-sync/client");
  vi.resetModules();
});

/** Sequences a major. */
const SEQUENCES = runs(20);
const TIME_LIMIT_MS = 60_000 + SEQUENCES * 3_000;

describePostgres("any sequence of calls", (server) => {
  const database = useDatabase(server);

  test(
    "returns what the model returns and leaves in the tables what the model holds",
    async () => {
      const contactSync = await openContactSync(database());
      const world = sealWorld();
      await fc.assert(
        fc.asyncProperty(sequences, async (operations) => {
          await emptyTables(database());
          const model = new Model();
          for (const operation of operations) {
            const returned = await applyWithLibrary(
              contactSync,
              database(),
              world,
              operation,
            ).catch(outcomeOf);
            expect(returned).toEqual(model.apply(operation));
          }
          expect(await readTables(database(), world)).toEqual(tablesOf(model));
          await expectSameReads(contactSync, model);
        }),
        // Ends before the test does, so that a failure which shrinks slowly still prints its seed.
        { numRuns: SEQUENCES, interruptAfterTimeLimit: TIME_LIMIT_MS },
      );
    },
    TIME_LIMIT_MS + 120_000,
  );
});

/** Lists, counts and single contacts show a link only while the directory confirms it. */
async function expectSameReads(contactSync: ContactsWithAccounts, model: Model): Promise<void> {
  for (const [owner, userId] of PEOPLE.entries()) {
    const expected = NUMBERS.flatMap((_, number) =>
      model.book(owner).has(number) ? [model.shown(owner, number)] : [],
    );
    const listed: ReturnType<typeof shown>[] = [];
    let cursor: string | undefined;
    do {
      const page = await contactSync.listContacts(userId, { limit: 4, cursor });
      listed.push(...page.contacts.map(shown));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(listed.toSorted((one, other) => one.number - other.number)).toEqual(expected);

    expect(await contactSync.summarizeContacts(userId)).toEqual({
      contacts_count: expected.length,
      linked_count: expected.filter(({ link }) => link !== null).length,
      favorites_count: expected.filter(({ favorite }) => favorite).length,
    });
  }
}
