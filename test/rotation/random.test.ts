import fc from "fast-check";
import { expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { rotateKey } from "../../src/rotation/rotate-key.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { createWorld, emptied, rotateUntil, strangers, type World } from "./world.ts";

const PEOPLE = [1, 2, 3].map((n) => `a000000${n}-0000-4000-8000-000000000000`);
const NUMBERS = 7;

const person = fc.nat({ max: PEOPLE.length - 1 });
const number = fc.nat({ max: NUMBERS - 1 });
const some = fc.uniqueArray(number, { maxLength: NUMBERS });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("sync" as const), owner: person, some }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("replace" as const), owner: person, some }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("link" as const), user: person, number }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unlink" as const), number }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("star" as const), owner: person, number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), owner: person, some }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("bulk" as const), some }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("erase" as const), user: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("follow" as const), owner: person }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("rotate" as const),
      steps: fc.integer({ min: 1, max: 9 }),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** What everybody should see. */
class Truth {
  readonly directory = new Map<number, string>();
  readonly books = new Map(PEOPLE.map((owner) => [owner, new Map<number, boolean>()]));
  readonly kept = new Map(PEOPLE.map((owner) => [owner, new Set<number>()]));

  add(owner: string, some: readonly number[]): void {
    for (const n of some) {
      if (this.book(owner).has(n)) continue;
      this.book(owner).set(n, this.kept.get(owner)?.delete(n) ?? false);
    }
  }
  remove(owner: string, some: readonly number[], keeps: boolean): void {
    for (const n of some) {
      const wasStarred = this.book(owner).get(n) ?? false;
      this.book(owner).delete(n);
      if (!keeps) this.kept.get(owner)?.delete(n);
      else if (wasStarred) this.kept.get(owner)?.add(n);
    }
  }
  book(owner: string): Map<number, boolean> {
    return this.books.get(owner) as Map<number, boolean>;
  }
  linkOf(owner: string, n: number): string | null {
    const user = this.directory.get(n);
    return user === undefined || user === owner ? null : user;
  }
  shown(owner: string): unknown[] {
    return [...this.book(owner)]
      .map(([n, starred]) => [hashOf(n), this.linkOf(owner, n), starred])
      .toSorted();
  }
}

describePostgres("a change of the sealing key among anything else", (server) => {
  const database = useDatabase(server);

  test("is never seen by anybody, and leaves nothing of the old key", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 24 }), async (sequence) => {
        await emptied(database());
        const world = createWorld(database());
        try {
          await world.openOld(); // which seals it
          await play(sequence, world, [await world.openBoth(), await world.openBoth()]);
        } finally {
          await world.close();
        }
      }),
      { numRuns: 20 },
    );
  }, 600_000);
});

async function play(
  sequence: readonly Operation[],
  world: World,
  libraries: readonly ContactsWithAccounts[],
): Promise<void> {
  const truth = new Truth();
  const engine = await world.openEngine();
  const followers = new Map(PEOPLE.map((owner) => [owner, new Follower(owner)]));
  const check = async (library: ContactsWithAccounts) => {
    for (const owner of PEOPLE) {
      const { contacts } = await library.listContacts(owner, { limit: 1000 });
      const shown = contacts.map((c) => [c.phone_hash, c.linked_user_id, c.is_favorite]);
      expect(shown.toSorted()).toEqual(truth.shown(owner));
    }
  };
  for (const follower of followers.values())
    await follower.follow(libraries[0] as ContactsWithAccounts);
  for (const [turn, step] of sequence.entries()) {
    const library = libraries[turn % libraries.length] as ContactsWithAccounts;
    if (step.do === "rotate") {
      let seen = 0;
      await rotateUntil(engine, () => {
        seen += 1;
        return seen === step.steps;
      });
      await check(library);
    } else if (step.do === "follow") {
      await followers.get(PEOPLE[step.owner] as string)?.follow(library);
    } else {
      await act(step, library, truth);
    }
  }
  await check(libraries[1] as ContactsWithAccounts);
  await rotateKey(engine);
  const after = await world.openNew();
  await check(after);
  expect(await strangers(world, numbers(NUMBERS))).toEqual([]);
  for (const [owner, follower] of followers) {
    await follower.follow(after);
    const linked = truth.shown(owner).filter((entry) => (entry as unknown[])[1] !== null);
    expect(follower.links()).toEqual(linked.map((entry) => (entry as unknown[]).slice(0, 2)));
  }
}

async function act(
  step: Exclude<Operation, { do: "rotate" | "follow" }>,
  library: ContactsWithAccounts,
  truth: Truth,
): Promise<void> {
  const owner = PEOPLE["owner" in step ? step.owner : 0] as string;
  switch (step.do) {
    case "sync":
      await library.syncContacts(owner, step.some.map(numberOf), step.some.length);
      truth.add(owner, step.some);
      break;
    case "replace": {
      await library.syncContacts(owner, step.some.map(numberOf), step.some.length, {
        mode: "replace",
        confirmRemoval: true,
      });
      const gone = [...truth.book(owner).keys()].filter((n) => !step.some.includes(n));
      truth.remove(owner, gone, true);
      truth.add(owner, step.some);
      break;
    }
    case "link": {
      const user = PEOPLE[step.user] as string;
      await library.link(user, numberOf(step.number));
      truth.directory.set(step.number, user);
      break;
    }
    case "unlink":
      expect(await library.unlink(numberOf(step.number))).toBe(
        Number(truth.directory.delete(step.number)),
      );
      break;
    case "star": {
      const has = truth.book(owner).has(step.number);
      const starred = library.setFavorite(owner, hashOf(step.number), true);
      if (has) {
        expect((await starred).linked_user_id).toBe(truth.linkOf(owner, step.number));
        truth.book(owner).set(step.number, true);
      } else await expect(starred).rejects.toMatchObject({ code: "CONTACT_NOT_FOUND" });
      break;
    }
    case "delete":
      await library.deleteContacts(owner, step.some.map(hashOf));
      truth.remove(owner, step.some, false);
      break;
    case "bulk":
      await library.bulkInsertContacts(
        PEOPLE.flatMap((owner_id) => step.some.map((n) => ({ owner_id, phone_hash: hashOf(n) }))),
      );
      for (const each of PEOPLE) truth.add(each, step.some);
      break;
    case "erase": {
      const user = PEOPLE[step.user] as string;
      const entries = [...truth.directory].filter(([, holder]) => holder === user);
      expect(await library.eraseUser(user)).toMatchObject({
        phones_unlinked: entries.length,
        contacts_deleted: truth.book(user).size,
      });
      for (const [n] of entries) truth.directory.delete(n);
      truth.book(user).clear();
      truth.kept.get(user)?.clear();
    }
  }
}

/** Somebody who is told of an owner's links, and asks for nothing else. */
class Follower {
  readonly #owner: string;
  readonly #links = new Map<string, string>();
  #cursor: string | undefined;

  constructor(owner: string) {
    this.#owner = owner;
  }

  async follow(library: ContactsWithAccounts): Promise<void> {
    for (;;) {
      const page = await library.listChanges(
        this.#owner,
        this.#cursor === undefined ? {} : { since: this.#cursor },
      );
      if (page.reset) this.#links.clear();
      for (const { phone_hash, user_id } of page.changes) {
        if (user_id === null) this.#links.delete(phone_hash);
        else this.#links.set(phone_hash, user_id);
      }
      this.#cursor = page.cursor;
      if (!page.has_more) return;
    }
  }

  links(): unknown[] {
    return [...this.#links].toSorted();
  }
}
