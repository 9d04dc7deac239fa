import fc from "fast-check";
import { NUMBERS, PEOPLE } from "./world.ts";

// Operations as data: a failing sequence prints as what was done, and shrinks well.

export interface Item {
  readonly owner: number;
  readonly number: number;
  readonly favorite: boolean | null;
  readonly link: number | null;
  readonly interaction: number | null;
}

/** People, numbers and moments by their places in the world. */
export type Operation =
  | {
      readonly do: "sync";
      readonly owner: number;
      /** Null is an entry that nobody can read. */
      readonly numbers: readonly (number | null)[];
      readonly mode: "merge" | "replace";
      readonly confirmRemoval: boolean;
      readonly streamed: boolean;
      readonly batchSize: number;
    }
  | {
      readonly do: "bulkInsert";
      readonly items: readonly Item[];
      readonly streamed: boolean;
      readonly batchSize: number;
    }
  | { readonly do: "create"; readonly item: Item }
  | {
      readonly do: "link";
      readonly user: number;
      readonly number: number;
      readonly verified: number;
    }
  | {
      readonly do: "linkMany";
      readonly entries: readonly {
        readonly user: number;
        readonly number: number;
        readonly verified: number;
      }[];
    }
  | { readonly do: "unlink"; readonly numbers: readonly number[]; readonly user: number | null }
  /** The directory changed in psql, where nobody runs the linker. */
  | {
      readonly do: "linkInSql";
      readonly user: number;
      readonly number: number;
      readonly verified: number;
    }
  | { readonly do: "unlinkInSql"; readonly number: number }
  | { readonly do: "linkPending" }
  | {
      readonly do: "favorite";
      readonly owner: number;
      readonly number: number;
      readonly is: boolean;
    }
  | {
      readonly do: "interaction";
      readonly owner: number;
      readonly number: number;
      readonly at: number;
    }
  | { readonly do: "delete"; readonly owner: number; readonly numbers: readonly number[] }
  | { readonly do: "deleteAll"; readonly owner: number }
  | { readonly do: "erase"; readonly user: number };

const person = fc.nat({ max: PEOPLE.length - 1 });
const number = fc.nat({ max: NUMBERS.length - 1 });
const rank = fc.integer({ min: 1, max: 5 });
const batchSize = fc.integer({ min: 1, max: 3 });
const streamed = fc.boolean();
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });

const item = fc.record({
  owner: person,
  number,
  favorite: orNull(fc.boolean()),
  link: orNull(person),
  interaction: orNull(rank),
});
const verified = fc.record({ user: person, number, verified: rank });

const sync = fc.record({
  do: fc.constant("sync" as const),
  owner: person,
  numbers: fc.array(fc.option(number, { nil: null, freq: 8 }), { maxLength: 9 }),
  mode: fc.constantFrom("merge" as const, "replace" as const),
  confirmRemoval: fc.boolean(),
  streamed,
  batchSize,
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: sync },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("bulkInsert" as const),
      items: fc.array(item, { maxLength: 9 }),
      streamed,
      batchSize,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("create" as const), item }) },
  { weight: 4, arbitrary: verified.map((entry) => ({ do: "link" as const, ...entry })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("linkMany" as const),
      entries: fc.array(verified, { maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("unlink" as const),
      numbers: fc.array(number, { maxLength: 3 }),
      user: orNull(person),
    }),
  },
  { weight: 3, arbitrary: verified.map((entry) => ({ do: "linkInSql" as const, ...entry })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unlinkInSql" as const), number }) },
  { weight: 1, arbitrary: fc.constant({ do: "linkPending" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("favorite" as const),
      owner: person,
      number,
      is: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("interaction" as const),
      owner: person,
      number,
      at: rank,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("delete" as const),
      owner: person,
      numbers: fc.array(number, { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("deleteAll" as const), owner: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("erase" as const), user: person }) },
);

export const sequences = fc.array(operation, { minLength: 1, maxLength: 30, size: "max" });
