import { performance } from "node:perf_hooks";
import { spreadOf } from "../lib/statistics.js";
import { EXTRA_ROUNDS } from "./cases.js";

/** A number without an account, in very many books. */
const EVERYBODYS = "11111111-1111-4111-8111-111111111111";
const OWNERS = 1_000;

/**
 * What a number costs that is in very many books already, when more owners add it: each by a sync,
 * all in one statement, so that no commit is in it.
 *
 * @param {Record<"variant" | "baseline", import("./variant.js").Environment>} environments
 * @param {readonly number[]} books growing
 */
export async function measureSkew(environments, books) {
  const measured = [];
  const owners = { stored: 0, added: 0 };
  for (const count of books) {
    for (const environment of Object.values(environments)) {
      await storeNumber(environment, owners.stored, count);
    }
    owners.stored = count;
    measured.push(await measureAdding(environments, count, owners));
  }
  return measured;
}

async function measureAdding(environments, books, owners) {
  const rounds = [];
  for (let round = 0; round < EXTRA_ROUNDS; round += 1) {
    const taken = {};
    const names = Object.keys(environments);
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      taken[name] = await addNumber(environments[name], owners.added);
    }
    owners.added += OWNERS;
    rounds.push(taken);
  }
  return {
    what: `${OWNERS.toLocaleString("en")} owners adding a number that is in ${books.toLocaleString("en")} books`,
    books,
    owners: OWNERS,
    rounds: rounds.length,
    times_baseline: spreadOf(rounds.map(({ variant, baseline }) => variant / baseline)),
    ms: {
      variant: spreadOf(rounds.map(({ variant }) => variant)),
      baseline: spreadOf(rounds.map(({ baseline }) => baseline)),
    },
  };
}

async function storeNumber({ pool, schema }, from, to) {
  await pool.query(
    `insert into ${schema}.contacts_with_accounts (owner_id, phone_key)
     select md5('s' || o)::uuid, $1 from generate_series($2::integer + 1, $3::integer) as o`,
    [EVERYBODYS, from, to],
  );
}

async function addNumber({ pool, schema }, from) {
  const startedAt = performance.now();
  const { rows } = await pool.query(
    `select sum(r.contacts_inserted)::integer as inserted
       from generate_series($2::integer + 1, $2::integer + $3) as o,
            ${schema}.sync_phone_keys(md5('a' || o)::uuid, array[$1::uuid], 1) as r`,
    [EVERYBODYS, from, OWNERS],
  );
  const ms = performance.now() - startedAt;
  if (rows[0].inserted !== OWNERS) throw new Error(`${rows[0].inserted} of ${OWNERS} added`);
  return ms;
}
