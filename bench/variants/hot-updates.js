import { withCounters } from "../lib/counters.js";
import { registeredUser } from "../lib/phone-keys.js";
import { spreadOf } from "../lib/statistics.js";
import { EXTRA_ROUNDS } from "./cases.js";

const USER = registeredUser("_variants");
/** Contact 9 of each book that was filled in is not registered. */
const PLACE = 9;

/**
 * Links a number that is in many books, and counts how many of the contacts' updates were HOT: found
 * room in their page, and touched no index. All pages are as full as loading leaves them.
 *
 * @param {Record<"variant" | "baseline", import("./variant.js").Environment>} environments
 * @param {number} books that hold the number; of those that were filled in, as many times the rounds
 */
export async function measureHotUpdates(environments, books) {
  for (const environment of Object.values(environments)) await placeNumbers(environment, books);
  const rounds = [];
  for (let round = 0; round < EXTRA_ROUNDS; round += 1) {
    const taken = {};
    const names = Object.keys(environments);
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      taken[name] = await linkNumber(environments[name], round, books);
    }
    rounds.push(taken);
  }
  const over = (figure) => ({
    variant: spreadOf(rounds.map(({ variant }) => figure(variant))),
    baseline: spreadOf(rounds.map(({ baseline }) => figure(baseline))),
  });
  return {
    what: `link of a number in ${books.toLocaleString("en")} books, pages full`,
    books,
    rounds: rounds.length,
    times_baseline: spreadOf(rounds.map(({ variant, baseline }) => variant.ms / baseline.ms)),
    ms: over(({ ms }) => ms),
    hot_share: over(({ hotUpdates }) => hotUpdates / books),
    wal_bytes_per_contact: over(({ walBytes }) => walBytes / books),
  };
}

const numberOf = (round) => `${String(round).repeat(8)}-2222-4222-8222-222222222222`;

/**
 * Gives a contact in each of many filled books the same number, every round in other books, so that
 * pages are met once, and packs the table as it was.
 */
async function placeNumbers({ pool, schema }, books) {
  for (let round = 0; round < EXTRA_ROUNDS; round += 1) {
    const { rowCount } = await pool.query(
      `update ${schema}.contacts_with_accounts c
          set phone_key = $1
         from generate_series($2::integer, $2::integer + $3 - 1) as o
        where c.owner_id = md5('o' || o)::uuid
          and c.phone_key = md5('z' || o || '_${PLACE}')::uuid`,
      [numberOf(round), round * books, books],
    );
    if (rowCount !== books) throw new Error(`${rowCount} of ${books} contacts have the number`);
  }
  await pool.query(`vacuum (full, analyze) ${schema}.contacts_with_accounts`);
}

async function linkNumber({ pool, schema }, round, books) {
  const number = numberOf(round).replaceAll("-", "");
  const before = await readHotUpdates(pool, schema);
  const { result: changed, ...counted } = await withCounters(pool, async () => {
    await pool.query(`select ${schema}.link_phone($1, $2)`, [number, USER]);
    const { rows } = await pool.query(
      `select contacts_changed from ${schema}.link_pending_phones()`,
    );
    return rows[0].contacts_changed;
  });
  if (changed !== books) throw new Error(`linking changed ${changed} of ${books} contacts`);
  return { ...counted, hotUpdates: (await readHotUpdates(pool, schema)) - before };
}

async function readHotUpdates(pool, schema) {
  await pool.query("select pg_stat_force_next_flush()");
  const { rows } = await pool.query(
    "select n_tup_hot_upd::float8 as hot from pg_stat_user_tables where relid = $1::regclass",
    [`${schema}.contacts_with_accounts`],
  );
  return rows[0].hot;
}
