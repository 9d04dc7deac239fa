import fc from "fast-check";
import { MOST_DEVICES } from "./holders.ts";
import type { Operation } from "./operations.ts";
import { DEVICES, NUMBERS, PEOPLE } from "./world.ts";

const person = fc.nat({ max: PEOPLE.length - 1 });
const number = fc.nat({ max: NUMBERS.length - 1 });
const rank = fc.integer({ min: 1, max: 5 });
const batchSize = fc.integer({ min: 1, max: 3 });
const mode = fc.constantFrom("merge" as const, "replace" as const);
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

/** What devices do, and calls that name none. */
function ofDevices(
  owner: fc.Arbitrary<number>,
  device: fc.Arbitrary<number>,
): fc.Arbitrary<Operation> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("sync" as const),
        owner,
        device: orNull(device),
        numbers: fc.array(fc.option(number, { nil: null, freq: 8 }), { maxLength: 9 }),
        mode,
        confirmRemoval: fc.boolean(),
        streamed,
        batchSize,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("session" as const),
        owner,
        device,
        parts: fc.array(fc.array(number, { maxLength: 4 }), { maxLength: 3 }),
        arrival: fc.array(fc.nat({ max: 2 }), { maxLength: 3 }),
        mode,
        confirmRemoval: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("delta" as const),
        owner,
        device,
        age: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
        ),
        numbers: fc.array(number, { maxLength: 4 }),
        mistake: fc.option(number, { nil: null, freq: 8 }),
        confirmRemoval: fc.boolean(),
        twice: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("resend" as const), owner, device }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("forgetDevice" as const), owner, device }),
    },
  );
}

const anything: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 14, arbitrary: ofDevices(person, fc.nat({ max: 2 })) },
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
  { weight: 1, arbitrary: fc.constant({ do: "monthPasses" as const }) },
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

const choice = fc.constantFrom(
  "everybody" as const,
  "mutual" as const,
  "mutual" as const,
  "nobody" as const,
);

/** Who is found by whom. */
const ofConsent: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("choose" as const),
      user: person,
      choice: fc.option(choice, { nil: null, freq: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("block" as const, "unblock" as const),
      user: person,
      other: person,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("chooseDefault" as const), choice }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), owner: person }) },
);

/** Numbers that are forgotten. */
const ofForgetting: fc.Arbitrary<Operation> = fc.record({
  do: fc.constantFrom("forgetNumber" as const, "forgetNumber" as const, "liftNumber" as const),
  number,
});

/** Owners who get no new links. */
const ofHolding: fc.Arbitrary<Operation> = fc.record({
  do: fc.constantFrom("hold" as const, "release" as const),
  owner: person,
});

const sequence = (operation: fc.Arbitrary<Operation>) =>
  fc.array(operation, { minLength: 1, maxLength: 30, size: "max" });

/** All that there is, of everybody. */
export const sequences = sequence(anything);

/** And people who choose who finds them. */
export const consentSequences = sequence(
  fc.oneof({ weight: 4, arbitrary: anything }, { weight: 1, arbitrary: ofConsent }),
);

/** And numbers that are forgotten, mostly while devices sync. */
export const forgettingSequences = sequence(
  fc.oneof(
    { weight: 3, arbitrary: ofDevices(person, fc.nat({ max: 1 })) },
    { weight: 2, arbitrary: anything },
    { weight: 1, arbitrary: ofForgetting },
  ),
);

/** And all that together, with owners who are held. */
export const heldSequences = sequence(
  fc.oneof(
    { weight: 6, arbitrary: anything },
    { weight: 1, arbitrary: ofConsent },
    { weight: 1, arbitrary: ofForgetting },
    { weight: 1, arbitrary: ofHolding },
  ),
);

/** Mostly one owner's devices, and now and then anything else. */
export const deviceSequences = sequence(
  fc.oneof(
    { weight: 3, arbitrary: ofDevices(fc.constant(0), fc.nat({ max: 2 })) },
    { weight: 1, arbitrary: anything },
  ),
);

/** One owner's devices, as many as there may be, and then more. */
export const crowdedSequences = fc
  .tuple(
    fc.array(fc.array(number, { maxLength: 2 }), {
      minLength: MOST_DEVICES,
      maxLength: MOST_DEVICES,
    }),
    sequence(
      fc.oneof(
        { weight: 4, arbitrary: ofDevices(fc.constant(0), fc.nat({ max: DEVICES.length - 1 })) },
        { weight: 1, arbitrary: anything },
      ),
    ),
  )
  .map(([sets, then]): Operation[] => [
    ...sets.map((numbers, device) => ({
      do: "sync" as const,
      owner: 0,
      device,
      numbers,
      mode: "replace" as const,
      confirmRemoval: false,
      streamed: false,
      batchSize: 1,
    })),
    ...then,
  ]);
