import { hash, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import {
  hashOf,
  numberOf,
  refusal,
  streamOf,
  useContactSync,
} from "../support/use-contact-sync.ts";

describePostgres("syncPhoneHashes", (server) => {
  const { contactSync } = useContactSync(server);
  const wholeHash = (n: number) => hash("sha256", numberOf(n));

  test("takes 32 characters and 64, in any case, as the same contact", async () => {
    const owner = randomUUID();
    const user = randomUUID();
    await contactSync().link(user, numberOf(1));
    const result = await contactSync().syncPhoneHashes(
      owner,
      [hashOf(0), wholeHash(1).toUpperCase(), hashOf(1), wholeHash(0), hashOf(2).toUpperCase()],
      5,
    );
    expect(result).toMatchObject({
      total_processed: 3,
      contacts_inserted: 3,
      duplicates: 2,
      rejected: [],
      repeated: [
        { index: 2, repeats: 1 },
        { index: 3, repeats: 0 },
      ],
      matches: [{ index: 1, indexes: [1, 2], phone_hash: hashOf(1), user_id: user, silent: false }],
    });
  });

  test("stores what syncContacts stores for the numbers", async () => {
    const owner = randomUUID();
    await contactSync().syncPhoneHashes(owner, [hashOf(1), hashOf(2)], 2);
    expect(await contactSync().syncContacts(owner, [numberOf(2), numberOf(1)], 2)).toMatchObject({
      contacts_inserted: 0,
      contacts_unchanged: 2,
    });
  });

  test.each([
    ["", 1],
    [numberOf(1), 1],
    [hashOf(1).slice(1), 1],
    [`${hashOf(1)}0`, 1],
    [`g${hashOf(1).slice(1)}`, 1],
    [`{${hashOf(1).slice(2)}}`, 1],
    [null, 1],
    [undefined, 1],
    [{}, 1],
  ])("refuses the whole call for %j at position %d", async (malformed, position) => {
    const owner = randomUUID();
    const error = await refusal(
      contactSync().syncPhoneHashes(owner, [hashOf(7), malformed, "also malformed"], 3),
      "INVALID_PHONE_HASH",
    );
    expect(error.index).toBe(position);
    expect(error.message).toContain(`position ${position}`);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 0 });
  });

  test("does not pass over the hole of a sparse array", async () => {
    const list = [hashOf(1), hashOf(2)];
    list[3] = hashOf(3);
    const error = await refusal(
      contactSync().syncPhoneHashes(randomUUID(), list, 4),
      "INVALID_PHONE_HASH",
    );
    expect(error.index).toBe(2);
  });

  test("of a stream, refuses the chunk, with the position in the stream", async () => {
    const owner = randomUUID();
    const hashes = Array.from({ length: 5_010 }, (_, n) => hashOf(n));
    const error = await refusal(
      contactSync().syncPhoneHashes(owner, streamOf([...hashes, "x"]), 5_011),
      "INVALID_PHONE_HASH",
    );
    expect(error.index).toBe(5_010);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 5_000 });
  });
});
