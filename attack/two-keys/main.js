// Tries what a second key for the index of holders would be worth against a stolen dump beside accounts,
// and what it would cost; docs/security.md says what came of it.
//
//   npm run build && node attack/two-keys/main.js
import { hash, randomInt, randomUUID } from "node:crypto";
import pg from "pg";
import { formatTable } from "../../bench/lib/table.js";
import { marksFor } from "../lib/spelling.js";
import { withOwnDatabase } from "../target/own-database.js";
import { ONE_KEY, TWO_KEYS } from "./layouts.js";
import { heldByOrder, heldByTransaction, heldInOneTable, partOf, readVictim } from "./thief.js";

const DICTIONARY = 10_000;
const VICTIM = 50;
const OTHERS = 300;
const OTHERS_BOOK = 300;
const PLAN = 200_000;

/** Leaves rows as they are, in another order and place. */
const REWRITES = {
  "as it was written": "",
  "after CLUSTER": "cluster books using books_pkey; cluster holders using holders_pkey",
  "after VACUUM (FULL, FREEZE)": "vacuum (full, freeze) books; vacuum (full, freeze) holders",
  "written anew by one transaction": `begin;
    create table b as select * from books order by owner_id, entry;
    create table h as select * from holders order by phone_key, holder;
    truncate books, holders;
    insert into books select * from b; insert into holders select * from h;
    drop table b, h; commit`,
};

const hashOf = (/** @type {number} */ place) =>
  hash("sha256", `+2010${String(place).padStart(8, "0")}`).slice(0, 32);
const drawn = (/** @type {number} */ count, /** @type {number} */ among) => {
  const places = new Set();
  while (places.size < count) places.add(randomInt(among));
  return [...places].map(hashOf);
};

await withOwnDatabase(async (connectionString) => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const dictionary = Array.from({ length: DICTIONARY }, (_, place) => hashOf(place));
  const accounts = Array.from({ length: marksFor(DICTIONARY) }, () => randomUUID());
  const victim = randomUUID();
  const book = drawn(VICTIM, DICTIONARY);
  /** @type {{ owner: string, numbers: string[] }[]} */
  const syncs = Array.from({ length: OTHERS }, () => ({
    owner: randomUUID(),
    numbers: drawn(OTHERS_BOOK, PLAN),
  }));
  const among = (/** @type {{ owner: string, numbers: string[] }} */ sync) =>
    syncs.splice(randomInt(syncs.length), 0, sync);
  among({ owner: victim, numbers: book });
  for (const [mark, owner] of accounts.entries()) {
    among({ owner, numbers: partOf(dictionary, mark) });
  }

  const played = { accounts, victim, dictionary, book: new Set(book) };
  const [one, two] = [await fill(client, ONE_KEY, syncs), await fill(client, TWO_KEYS, syncs)];
  const read = [["one key", String(readVictim(played, await heldInOneTable(client))), "the same"]];
  for (const [what, sql] of Object.entries(REWRITES)) {
    // A statement at a time: VACUUM stands alone.
    for (const statement of sql.split(";").filter((text) => text.trim() !== "")) {
      await client.query(statement);
    }
    const order = readVictim(played, await heldByOrder(client));
    const transaction = readVictim(played, await heldByTransaction(client));
    read.push([`two keys, ${what}`, String(order), String(transaction)]);
  }
  console.log(formatTable(["of the victim's 50 numbers", "in a dump", "in the files"], read));
  const times = (/** @type {keyof typeof one} */ name) => (two[name] / one[name]).toFixed(2);
  console.log(
    `\nTwo keys take ${times("bytes")} × the space and ${times("ms")} × as long to store.`,
  );
  await client.end();
});

/**
 * @param {pg.Client} client
 * @param {typeof ONE_KEY} layout
 * @param {readonly { owner: string, numbers: string[] }[]} syncs
 */
async function fill(client, { create, store, tables }, syncs) {
  await client.query(create);
  const startedAt = performance.now();
  for (const { owner, numbers } of syncs) await store(client, owner, numbers);
  const ms = performance.now() - startedAt;
  const { rows } = await client.query(
    "select sum(pg_total_relation_size(name::regclass))::float as bytes from unnest($1::text[]) as name",
    [tables],
  );
  return { ms, bytes: Number(rows[0].bytes) };
}
