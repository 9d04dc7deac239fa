// Two ways of storing who has whom, for a trial: the one that is in use, and one with a second key.

/** @import { Client } from "pg" */
import { createCipheriv, createHmac, randomBytes } from "node:crypto";

const BLOCK = 32; // hexadecimal characters of 16 bytes
const KEYS = { number: randomBytes(32), holder: randomBytes(32), owner: randomBytes(32) };

/**
 * What is written for one sync: `numbers` are phone hashes.
 *
 * @typedef {(client: Client, owner: string, numbers: readonly string[]) => Promise<void>} Store
 */

const COLUMNS = `
  created_at timestamptz not null default now(), held_by smallint not null default 1,
  is_favorite boolean not null default false, link_given boolean not null default false,
  linked_user_id uuid`;

/** One table, whose phone keys are equal where numbers are. */
export const ONE_KEY = {
  tables: ["one_key"],
  create: `
    create table one_key (owner_id uuid not null, phone_key uuid not null, ${COLUMNS},
      primary key (owner_id, phone_key));
    create index on one_key (phone_key);`,
  /** @type {Store} */
  async store(client, owner, numbers) {
    await client.query("insert into one_key (owner_id, phone_key) select $1, unnest($2::uuid[])", [
      owner,
      phoneKeys(numbers).sort(),
    ]);
  },
};

/**
 * Books whose entries are sealed for their owner, so that equal numbers differ from book to book; and
 * beside them who holds a number, where the owner is sealed for that number.
 */
export const TWO_KEYS = {
  tables: ["books", "holders"],
  create: `
    create table books (owner_id uuid not null, entry uuid not null, ${COLUMNS},
      primary key (owner_id, entry));
    create table holders (phone_key uuid not null, holder uuid not null,
      primary key (phone_key, holder));`,
  /** @type {Store} */
  async store(client, owner, numbers) {
    const ownersKey = createHmac("sha256", KEYS.owner).update(owner).digest();
    const keys = phoneKeys(numbers).sort();
    const holders = blocks(KEYS.holder, xorEach(blocks(KEYS.owner, keys), owner));
    await client.query("begin");
    await client.query("insert into books (owner_id, entry) select $1, unnest($2::uuid[])", [
      owner,
      blocks(ownersKey, numbers).sort(),
    ]);
    await client.query(
      "insert into holders (phone_key, holder) select * from unnest($1::uuid[], $2::uuid[])",
      [keys, holders],
    );
    await client.query("commit");
  },
};

/** @param {readonly string[]} numbers phone hashes */
export const phoneKeys = (numbers) => blocks(KEYS.number, numbers);

/**
 * AES of each block.
 *
 * @param {Buffer} key
 * @param {readonly string[]} list
 */
function blocks(key, list) {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return cipher.update(list.join(""), "hex", "hex").match(new RegExp(`.{${BLOCK}}`, "g")) ?? [];
}

/**
 * @param {readonly string[]} list
 * @param {string} owner
 */
function xorEach(list, owner) {
  const id = BigInt(`0x${owner.replaceAll("-", "")}`);
  return list.map((block) => (BigInt(`0x${block}`) ^ id).toString(16).padStart(BLOCK, "0"));
}
