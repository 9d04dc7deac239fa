import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faultNames, readAllFaults } from "../support/faults.ts";
import { describePostgres } from "../support/postgres.ts";
import { numberOf, numbers, useContactSync } from "../support/use-contact-sync.ts";

/** The recipe as docs/scaling.md prints it. */
function recipe(): string {
  const text = readFileSync(new URL("../../docs/scaling.md", import.meta.url), "utf8");
  const section = text.slice(text.indexOf("## Partitioning by owner"));
  const [, sql = ""] = /```sql\n(.*?)```/s.exec(section) ?? [];
  expect(sql).toContain("partition by hash (owner_id)");
  return sql;
}

// In a database whose default privileges give every new table to everybody.
describePostgres("contacts partitioned by owner", (server) => {
  const { database, contactSync } = useContactSync(server);

  test("are stored, linked, listed and erased as before, and nobody reaches a partition", async () => {
    const [before, after, friend] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().link(friend, numberOf(1));
    await contactSync().syncContacts(before, numbers(20), 20);

    await database().pool.query(recipe());

    const unchanged = await contactSync().syncContacts(before, numbers(20), 20);
    expect(unchanged).toMatchObject({ contacts_unchanged: 20, matched_contacts: 1 });
    const first = await contactSync().syncContacts(after, numbers(10, 15), 10);
    expect(first).toMatchObject({ contacts_inserted: 10, matched_contacts: 0 });
    const joined = randomUUID();
    await contactSync().link(joined, numberOf(16)); // in both books
    const { contacts } = await contactSync().listContacts(before, { linked: true });
    expect(contacts.map(({ linked_user_id }) => linked_user_id).sort()).toEqual(
      [friend, joined].sort(),
    );
    await contactSync().eraseUser(before);
    expect(await contactSync().summarizeContacts(before)).toMatchObject({ contacts_count: 0 });
    expect(await contactSync().summarizeContacts(after)).toMatchObject({ contacts_count: 10 });

    const { rows } = await database().pool.query(
      `select c.relname, r.rolname
         from pg_inherits i
         join pg_class c on c.oid = i.inhrelid,
              pg_roles r
        where i.inhparent = 'contacts_with_accounts'::regclass
          and r.rolname in ('anon', 'authenticated', 'service_role')
          and (not c.relrowsecurity
               or has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate'))`,
    );
    expect(rows).toEqual([]);
    const parts = await database().pool.query(
      "select count(*)::integer as count from pg_inherits where inhparent = 'contacts_with_accounts'::regclass",
    );
    expect(parts.rows).toEqual([{ count: 32 }]);
    expect(faultNames(await readAllFaults(database()))).toEqual([]);
  });
});
