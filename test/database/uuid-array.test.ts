import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UuidArray } from "../../src/database/uuid-array.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";

describePostgres("a uuid[] argument", (server) => {
  const database = useDatabase(server);
  let client: pg.Client;
  beforeEach(async () => {
    client = new pg.Client({ connectionString: database().connectionString });
    await client.connect();
  });
  afterEach(() => client.end());

  test.each([
    0, 1, 2, 10_000,
  ])("of %i elements arrives alike as bytes and as text", async (count) => {
    const values = Array.from({ length: count }, () => randomBytes(16).toString("hex"));
    const array = new UuidArray(Buffer.from(values.join(""), "hex"));
    const { rows } = await client.query(
      `select $1::uuid[] = $2::uuid[] as are_equal,
              array_ndims($1::uuid[]) as dimensions, array_lower($1::uuid[], 1) as first,
              replace(array_to_string($1::uuid[], ','), '-', '') as text`,
      [array, array.toText()],
    );
    expect(rows).toEqual([
      {
        are_equal: true,
        dimensions: count === 0 ? null : 1,
        first: count === 0 ? null : 1,
        text: values.join(","),
      },
    ]);
  });
});
