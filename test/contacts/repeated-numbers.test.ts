import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { SyncResult } from "@contact-sync/client";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, streamOf, useContactSync } from "../support/use-contact-sync.ts";

const CHUNK = 5_000;
/** Few, so that they meet again and again; the even ones are linked. */
const PEOPLE = 12;

type Entry = number | null;
type Lists = Pick<SyncResult, "duplicates" | "rejected" | "repeated" | "matches">;

/** As somebody else would write it, by where it stands. */
function notationOf(entry: Entry, position: number): string {
  if (entry === null) return "the plumber";
  const digits = String(entry).padStart(7, "0");
  const notations = [
    numberOf(entry),
    `0100 ${digits}`,
    `0020 (100) ${digits.slice(0, 3)}-${digits.slice(3)}`,
  ];
  return notations[position % notations.length] as string;
}

/** What must be listed, found out the slow way. */
function expected(entries: readonly Entry[], users: readonly string[]): Lists {
  const repeated: { index: number; repeats: number }[] = [];
  const positionsOf = new Map<number, number[]>();
  entries.forEach((entry, index) => {
    if (entry === null) return;
    const positions = positionsOf.get(entry);
    if (positions === undefined) positionsOf.set(entry, [index]);
    else {
      repeated.push({ index, repeats: positions[0] as number });
      positions.push(index);
    }
  });
  return {
    duplicates: repeated.length,
    rejected: entries.flatMap((entry, index) =>
      entry === null ? [{ index, reason: "NOT_A_NUMBER" as const }] : [],
    ),
    repeated,
    matches: [...positionsOf].flatMap(([entry, indexes]) =>
      users[entry] === undefined || entry % 2 === 1
        ? []
        : [
            {
              index: indexes[0] as number,
              indexes,
              phone_hash: hashOf(entry),
              user_id: users[entry],
              silent: false,
            },
          ],
    ),
  };
}

/** By the first item that is not as it should be: to show all that differs of 10,000 takes minutes. */
function expectLists(result: SyncResult, entries: readonly Entry[], users: readonly string[]) {
  const lists = expected(entries, users);
  expect(result.duplicates).toBe(lists.duplicates);
  for (const name of ["rejected", "repeated", "matches"] as const) {
    expect(result[name].length, name).toBe(lists[name].length);
    const wrong = lists[name].findIndex((item, at) => !isDeepStrictEqual(item, result[name][at]));
    expect(result[name][wrong], name).toEqual(lists[name][wrong]);
  }
}

describePostgres("numbers that stand in a list more than once", (server) => {
  const { contactSync } = useContactSync(server);
  const users = Array.from({ length: PEOPLE }, () => randomUUID());
  const some = fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(PEOPLE - 1) }, fc.constant(null)), {
    maxLength: 25,
  });

  beforeAll(async () => {
    const linked = users.flatMap((userId, n) =>
      n % 2 === 0 ? [{ userId, phoneNumber: numberOf(n) }] : [],
    );
    await contactSync().linkMany(linked);
  });

  const options = { defaultRegion: "EG", budget: false };
  const syncs = [
    [
      "numbers in an array",
      (e, owner, list) => e.syncContacts(owner, list.map(notationOf), 1, options),
    ],
    [
      "a stream of numbers",
      (e, owner, list) => e.syncContacts(owner, streamOf(list.map(notationOf)), 1, options),
    ],
  ] as const satisfies readonly [
    string,
    (
      e: ReturnType<typeof contactSync>,
      owner: string,
      list: readonly Entry[],
    ) => Promise<SyncResult>,
  ][];

  test.each(syncs)("%s: all are listed, by position", async (_what, sync) => {
    await fc.assert(
      fc.asyncProperty(some, async (entries) => {
        const result = await sync(contactSync(), randomUUID(), entries);
        expectLists(result, entries, users);
      }),
      { numRuns: 40 },
    );
  });

  // What lies between the ends of a chunk and the beginnings of the next is of no interest.
  const aroundTwoEdges = fc
    .record({ head: some, middle: some, tail: some, before: fc.nat(12), after: fc.nat(12) })
    .map(({ head, middle, tail, before, after }) => {
      const filler = (from: number, count: number) =>
        Array.from({ length: count }, (_, n) => from + n);
      const first = [...head, ...filler(100_000, CHUNK - head.length - before)];
      const second = [...middle, ...filler(200_000, CHUNK - middle.length - after)];
      return [...first, ...second, ...tail] as Entry[];
    });

  test("a stream lists what an earlier chunk had, and adds it to the match", async () => {
    const owner = randomUUID();
    await fc.assert(
      fc.asyncProperty(aroundTwoEdges, async (entries) => {
        const result = await contactSync().syncContacts(
          owner,
          streamOf(entries.map(notationOf)),
          entries.length,
          options,
        );
        expectLists(result, entries, users);
      }),
      { numRuns: 12, endOnFailure: true }, // a smaller one takes as long
    );
  });

  test("phone hashes are, in an array and over the edge of a chunk", async () => {
    const written = (entry: Entry, position: number) => {
      const hash = hashOf(entry as number);
      return position % 3 === 0 ? `${hash}${"ab".repeat(16)}`.toUpperCase() : hash;
    };
    const entries = [2, 3, 2, 0, 3, 2];
    const owner = randomUUID();
    const array = await contactSync().syncPhoneHashes(owner, entries.map(written), 6);
    expectLists(array, entries, users);

    const filler = Array.from({ length: CHUNK }, (_, n) => 100_000 + n);
    const long = [...entries, ...filler, 4, ...entries, 100_000];
    const stream = await contactSync().syncPhoneHashes(owner, streamOf(long.map(written)), 6);
    expectLists(stream, long, users);
  });

  test("one that is in every chunk and thousands of times", async () => {
    const entries: Entry[] = Array.from({ length: 15_000 }, (_, n) => (n % 4_000 === 1 ? n : 4));
    const result = await contactSync().syncContacts(
      randomUUID(),
      streamOf(entries.map(notationOf)),
      1,
      options,
    );
    expectLists(result, entries, users);
  });
});
