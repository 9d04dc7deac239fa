import type { ContactSyncOptions, ContactsWithAccounts } from "../../../src/index.ts";
import { openContactSync } from "../../support/open-contact-sync.ts";
import type { PostgresUnderTest, TestDatabase } from "../../support/postgres.ts";
import { runOrder } from "../../support/run-order.ts";
import { hashOf, numberOf } from "../../support/use-contact-sync.ts";

// Who looks, who is not to be found, and somebody who is. The same in every world, which has a
// database of its own: so what Omar is told in two worlds can be compared as it stands.
export const OMAR = "b2000000-0000-4000-8000-000000000001";
export const AYLIN = "a1000000-0000-4000-8000-000000000001";
export const BERTA = "be000000-0000-4000-8000-000000000001";
/** Whom Aylin has in her book, and who is nobody's contact. */
const CARLA = "ca000000-0000-4000-8000-000000000001";

export const [AYLINS, BERTAS, NOBODYS, OMARS, CARLAS, GIVEN] = [1, 2, 3, 4, 5, 6];

export interface World {
  readonly database: TestDatabase;
  readonly contactSync: ContactsWithAccounts;
}

/** A way of not being there, for Omar. */
export interface Kind {
  readonly name: string;
  /** By the library, which has the linker finish before it returns. */
  hide(world: World): Promise<unknown>;
  /** By SQL alone, so that stored links are still what they were. */
  hideAtOnce: string;
}

const keysOf = (user: string) =>
  `array(select phone_key from phones where linked_user_id = '${user}')`;

/** The one that the others must not be told from. */
export const NOT_REGISTERED: Kind = {
  name: "not registered",
  hide: ({ contactSync }) => contactSync.unlink(numberOf(AYLINS)),
  hideAtOnce: `select unlink_phones(${keysOf(AYLIN)})`,
};

/** Likewise, where a bulk insert has given a link to her: of a number that is nobody's. */
export const ERASED: Kind = {
  name: "erased",
  hide: ({ contactSync }) => contactSync.eraseUser(AYLIN),
  hideAtOnce: `select erase_user('${AYLIN}')`,
};

const byDefault = (discoverable: "mutual" | "nobody"): Kind => ({
  name: `${discoverable}, by default`,
  async hide({ database, contactSync }) {
    await (await openContactSync(database, { discoverable })).close();
    await contactSync.linkPendingPhones();
  },
  hideAtOnce: `select set_default_discoverability('${discoverable}')`,
});

export const KINDS: readonly Kind[] = [
  {
    name: "nobody",
    hide: ({ contactSync }) => contactSync.setDiscoverability(AYLIN, "nobody"),
    hideAtOnce: `select set_discoverability('${AYLIN}', 'nobody')`,
  },
  {
    name: "mutual, without the owner",
    hide: ({ contactSync }) => contactSync.setDiscoverability(AYLIN, "mutual"),
    hideAtOnce: `select set_discoverability('${AYLIN}', 'mutual')`,
  },
  {
    name: "blocked",
    hide: ({ contactSync }) => contactSync.blockUser(AYLIN, OMAR),
    hideAtOnce: `select block_user('${AYLIN}', '${OMAR}')`,
  },
  {
    name: "mutual with the owner, but blocked",
    async hide({ contactSync }) {
      await contactSync.bulkInsertContacts([{ owner_id: AYLIN, phone_hash: hashOf(OMARS) }]);
      await contactSync.blockUser(AYLIN, OMAR);
      await contactSync.setDiscoverability(AYLIN, "mutual");
    },
    hideAtOnce: `
      select bulk_insert_contacts(jsonb_build_array(jsonb_build_object(
               'owner_id', '${AYLIN}', 'phone_hash', replace(d.phone_key::text, '-', ''))))
        from phones d where d.linked_user_id = '${OMAR}';
      select block_user('${AYLIN}', '${OMAR}');
      select set_discoverability('${AYLIN}', 'mutual')`,
  },
  byDefault("nobody"),
  byDefault("mutual"),
];

/** Everybody is where they are in all worlds, and Aylin to be found by everybody. */
export async function openWorld(
  server: PostgresUnderTest,
  options: Partial<ContactSyncOptions> = {},
): Promise<World> {
  const database = await server.createDatabase();
  const contactSync = await openContactSync(database, options);
  await database.pool.query("select set_webhooks(true)");
  await contactSync.linkMany([
    { userId: AYLIN, phoneNumber: numberOf(AYLINS) },
    { userId: BERTA, phoneNumber: numberOf(BERTAS) },
    { userId: OMAR, phoneNumber: numberOf(OMARS) },
    { userId: CARLA, phoneNumber: numberOf(CARLAS) },
  ]);
  for (const user of [BERTA, OMAR, CARLA]) await contactSync.setDiscoverability(user, "everybody");
  await contactSync.syncContacts(AYLIN, [numberOf(CARLAS)], 1);
  return { database, contactSync };
}

/** An answer without what differs between any two calls. */
export function settled(value: unknown, key = ""): unknown {
  if (value instanceof Date) return "a time";
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return "a time";
  if (typeof value === "string" && /(?:token|cursor|session_id)$/.test(key)) return "a secret";
  if (
    typeof value === "number" &&
    /_ms$|^observed_|_seconds$|^reset$|^new_numbers_spent$/.test(key)
  )
    return "measured";
  if (Array.isArray(value)) return value.map((item) => settled(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, settled(item, name)]),
  );
}

/** What lies in the tables of Omar's, and in the outbox, without the times. */
export async function stored({ database }: World): Promise<unknown> {
  const rows = async (text: string) => (await database.pool.query(text)).rows;
  return {
    contacts: await rows(
      `select phone_key, linked_user_id, link_given, is_favorite, held_by, link_number,
              last_interaction is null as is_untouched, updated_at is null as is_as_created
         from contacts_with_accounts where owner_id = '${OMAR}' order by phone_key`,
    ),
    status: await rows(
      `select contacts_count, matched_contacts_count, link_number, links_begin_at,
              pg_catalog.cardinality(link_marks) as marks
         from contact_sync_status where owner_id = '${OMAR}'`,
    ),
    runs: await rows(
      `select sync_mode, contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
              matched_contacts_count
         from contact_sync_runs where owner_id = '${OMAR}' order by ${runOrder(database)}`,
    ),
    outbox: await rows(
      `select is_link, user_id, phone_key, is_silent, owner_ids
         from contact_sync_outbox where '${OMAR}' = any (owner_ids)
        order by changed_at, is_link, phone_key`,
    ),
  };
}

export const hashes = (...ns: number[]) => ns.map(hashOf);
