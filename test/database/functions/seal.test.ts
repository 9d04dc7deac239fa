import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

const record = "select contact_sync_record_seal($1, $2)";

describePostgres("the seal", (server) => {
  test("is recorded once and verified ever after", async () => {
    const { pool } = await server.createDatabase();
    await pool.query(record, ["key-1", "check-1"]);
    await pool.query(record, ["key-1", "check-1"]);

    const wrong = [
      pool.query(record, ["key-2", "check-2"]),
      pool.query(record, ["key-1", "check-2"]),
      pool.query("select use_unsealed()"),
    ];
    for (const call of await Promise.allSettled(wrong)) {
      const { code, text } = await refusalOf(
        call.status === "rejected" ? Promise.reject(call.reason) : Promise.resolve(),
      );
      expect(code).toBe("KEY_MISMATCH");
      expect(text).not.toContain("check-"); // a guess could be tried against it
    }
    const { rows } = await pool.query("select is_sealed, key_id from contact_sync_seal");
    expect(rows).toEqual([{ is_sealed: true, key_id: "key-1" }]);
  });

  test("is not put on a database in use without one", async () => {
    const { pool } = await server.createDatabase();
    await pool.query("select use_unsealed()");
    await pool.query("select use_unsealed()");
    const { code, message } = await refusalOf(pool.query(record, ["key-1", "check-1"]));
    expect(code).toBe("KEY_MISMATCH");
    expect(message).toContain("unsealed");
  });

  test("is not put on a database that was used from SQL before", async () => {
    const { pool } = await server.createDatabase();
    await pool.query("select sync_user_contacts($1, $2, 1)", [newUser(), newPhones(1)]);
    const { code, message } = await refusalOf(pool.query(record, ["key-1", "check-1"]));
    expect(code).toBe("KEY_MISMATCH");
    expect(message).toContain("before any key");
    await pool.query("select use_unsealed()");
  });

  test("of two first starts with different keys one wins", async () => {
    const { pool } = await server.createDatabase();
    const starts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => pool.query(record, [`key-${index}`, "check"])),
    );
    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describePostgres("the isolation level", (server) => {
  const { database } = useSql(server);
  const HASH = "0123456789abcdef0123456789abcdef";
  const OWNER = "7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d11";

  test.each([
    `sync_user_contacts('${OWNER}', '{${HASH}}', 1)`,
    `sync_phone_keys('${OWNER}', '{${HASH}}', 1)`,
    `contact_sync_stream_chunk('${OWNER}', '${OWNER}', '{${HASH}}')`,
    `bulk_insert_contacts('[{"owner_id": "${OWNER}", "phone_hash": "${HASH}"}]')`,
    `link_pending_phones()`,
    `erase_user('${OWNER}')`,
  ])("must be READ COMMITTED for %s", async (call) => {
    const client = await database().pool.connect();
    try {
      for (const level of ["repeatable read", "serializable"]) {
        await client.query(`begin isolation level ${level}`);
        const { code, message } = await refusalOf(client.query(`select ${call}`));
        await client.query("rollback");
        expect(code).toBe("UNSUPPORTED_ISOLATION_LEVEL");
        expect(message).toContain(level.toUpperCase());
      }
      await client.query("begin isolation level read committed");
      await client.query(`select ${call}`);
      await client.query("rollback");
    } finally {
      client.release();
    }
  });
});
