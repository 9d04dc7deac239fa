import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { WRONG_CONTACTS } from "../changes/operations.ts";
import { readCopies } from "../support/copies.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { applyWithLibrary, type Means, outcomeOf, sendDelta, shown } from "./library.ts";
import { Model } from "./model.ts";
import type { Operation } from "./operations.ts";
import {
  consentSequences,
  crowdedSequences,
  deviceSequences,
  forgettingSequences,
  heldSequences,
  sequences,
} from "./sequences.ts";
import { emptyTables, readTables, sealWorld, tablesOf } from "./tables.ts";
import { DEVICES, NUMBERS, PEOPLE } from "./world.ts";

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

  test.each([
    ["everybody", sequences],
    ["one owner's devices", deviceSequences],
    ["more devices than an owner may have", crowdedSequences],
    ["people who choose who finds them", consentSequences],
    ["devices while numbers are forgotten", forgettingSequences],
    ["owners of whom some are held", heldSequences],
  ])(
    "of %s returns what the model returns and leaves in the tables what the model holds",
    async (_, operations) => {
      const engine = await openContactSync(database());
      const world = sealWorld();
      await fc.assert(
        fc.asyncProperty(operations, async (sequence) => {
          await emptyTables(database());
          const model = new Model();
          const known = model.syncs.tokens;
          const means: Means = { engine, database: database(), world, tokens: [], known };
          for (const operation of sequence) {
            await expectSame(means, model, operation);
            // A link that was gone before the linker knew is taken, and who is held does not get
            // it back: which ones those are depends on the linker's order.
            if (model.books.held.size > 0) await expectSame(means, model, { do: "linkPending" });
          }
          const tables = tablesOf(model);
          expect(await readTables(database(), world)).toEqual(tables);
          await expectSameReads(engine, model);
          await expectSameDevices(engine, model);
          await expectSameTokens(means, model);
          // Of what was asked since, nothing has changed anything.
          expect(await readTables(database(), world)).toEqual(tables);
          // Once all is quiet, each link is what the rule says, also as another has written it down.
          await expectSame(means, model, { do: "linkPending" });
          expect(await readTables(database(), world)).toEqual(tablesOf(model));
          expect(await readCopies(database(), { text: WRONG_CONTACTS })).toEqual([]);
        }),
        // Ends before the test does, so that a failure which shrinks slowly still prints its seed.
        { numRuns: SEQUENCES, interruptAfterTimeLimit: TIME_LIMIT_MS },
      );
    },
    TIME_LIMIT_MS + 120_000,
  );
});

async function expectSame(means: Means, model: Model, operation: Operation): Promise<void> {
  const call = model.callOf(operation);
  const returned = await applyWithLibrary(means, call).catch(outcomeOf);
  expect(returned).toEqual(model.apply(call));
}

/**
 * Lists, counts and single contacts show a link only while the directory confirms it, to those who
 * may find its user.
 */
async function expectSameReads(contactSync: ContactsWithAccounts, model: Model): Promise<void> {
  for (const [owner, userId] of PEOPLE.entries()) {
    const expected = NUMBERS.flatMap((_, number) =>
      model.books.of(owner).has(number) ? [model.books.shown(owner, number)] : [],
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

/** Each owner's devices, the one heard of last first; and each book is what its holders hold. */
async function expectSameDevices(contactSync: ContactsWithAccounts, model: Model): Promise<void> {
  for (const [owner, userId] of PEOPLE.entries()) {
    const { devices, unnamed } = model.books.holders(owner);
    const expected = [...devices]
      .sort(([, one], [, other]) => other.seen - one.seen)
      .map(([device, { set }]) => ({ device_id: DEVICES[device], contacts_count: set.size }));
    const listed = await contactSync.listDevices(userId);
    expect(listed.map(({ device_id, contacts_count }) => ({ device_id, contacts_count }))).toEqual(
      expected,
    );

    const sets = [unnamed, ...[...devices.values()].map(({ set }) => set)];
    const union = new Set(sets.flatMap((set) => [...set]));
    expect(new Set(model.books.of(owner).keys())).toEqual(union);
  }
}

/** A token is good while its device's set is the one that it was given for. */
async function expectSameTokens(means: Means, model: Model): Promise<void> {
  const given = [...means.known];
  expect(means.tokens).toHaveLength(given.length);
  for (const [place, token] of given.entries()) {
    const unchanged = { token: place, added: [], removed: [], confirmRemoval: false };
    const returned = await sendDelta(means, unchanged).catch(outcomeOf);
    expect(returned).toMatchObject(
      model.syncs.isGood(token) ? { sync_token: true } : { error: "SYNC_TOKEN_EXPIRED" },
    );
    if (model.syncs.isGood(token)) {
      const now = model.books.holders(token.owner).setOf(token.device);
      // What was forgotten since, the device need not know.
      const forgotten = [...model.syncs.everForgotten].filter((one) => token.set.has(one));
      expect(new Set([...now, ...forgotten])).toEqual(new Set([...token.set, ...forgotten]));
    }
  }
}
