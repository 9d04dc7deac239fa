import { expect, test } from "vitest";
import type { ContactsWithAccounts, SyncOptions } from "../../src/index.ts";
import { earlier } from "../support/earlier.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { someone, somePhones } from "./session.ts";

// Promise 9 (docs/architecture.md): a streamed replace removes in its last transaction, or not at
// all.

const OLD = 10;
const FIRST_CHUNK = 5_000;

async function* streamOf(entries: readonly string[], failure?: Error): AsyncGenerator<string> {
  yield* entries;
  if (failure !== undefined) throw failure;
}

describePostgres("a streamed replace", (server) => {
  const database = useDatabase(server);

  async function bookOfTen(): Promise<{
    engine: ContactsWithAccounts;
    owner: string;
    old: string[];
  }> {
    const engine = await openContactSync(database());
    const [owner, old] = [someone(), somePhones(OLD)];
    await engine.syncPhoneHashes(owner, old, OLD);
    return { engine, owner, old };
  }

  async function expectOnlyAdded(
    { engine, owner, old }: Awaited<ReturnType<typeof bookOfTen>>,
    errorCode: string,
  ): Promise<void> {
    const { contacts_count } = await engine.summarizeContacts(owner);
    expect(contacts_count).toBe(OLD + FIRST_CHUNK);
    for (const hash of old) expect(await engine.findContact(owner, hash)).not.toBeNull();
    expect(await engine.getSyncStatus(owner)).toMatchObject({
      sync_status: "failed",
      last_error_code: errorCode,
      contacts_count,
      device_contacts_count: OLD,
    });
  }

  const REPLACE: SyncOptions = { mode: "replace", confirmRemoval: true };

  test("whose input fails has only added, and a repeat that succeeds removes", async () => {
    const book = await bookOfTen();
    const { engine, owner } = book;
    const hashes = somePhones(FIRST_CHUNK + 200);
    const failure = new Error("the file broke off");

    await expect(
      engine.syncPhoneHashes(owner, streamOf(hashes, failure), 1, REPLACE),
    ).rejects.toMatchObject({ code: "INVALID_ARGUMENT", cause: failure });
    await expectOnlyAdded(book, "INVALID_ARGUMENT");

    // What the broken stream has staged keeps nothing in the next one's.
    const shorter = hashes.slice(100);
    expect(await engine.syncPhoneHashes(owner, streamOf(shorter), 1, REPLACE)).toMatchObject({
      contacts_inserted: 200,
      contacts_unchanged: FIRST_CHUNK - 100,
      contacts_removed: OLD + 100,
    });
    expect((await engine.getSyncStatus(owner)).contacts_count).toBe(shorter.length);
  });

  test("that the caller aborts has only added", async () => {
    const book = await bookOfTen();
    const controller = new AbortController();
    await expect(
      book.engine.syncPhoneHashes(book.owner, streamOf(somePhones(FIRST_CHUNK + 200)), 1, {
        ...REPLACE,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    await expectOnlyAdded(book, "ABORTED");
  });

  test("that is aborted behind its last chunk has only added", async () => {
    const book = await bookOfTen();
    const controller = new AbortController();
    await expect(
      book.engine.syncPhoneHashes(book.owner, streamOf(somePhones(FIRST_CHUNK)), 1, {
        ...REPLACE,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    await expectOnlyAdded(book, "ABORTED");
  });

  test("with a malformed hash in a later chunk has only added, and names its place", async () => {
    const book = await bookOfTen();
    const hashes = [...somePhones(FIRST_CHUNK + 200), "no hash"];
    await expect(
      book.engine.syncPhoneHashes(book.owner, streamOf(hashes), 1, REPLACE),
    ).rejects.toMatchObject({ code: "INVALID_PHONE_HASH", index: FIRST_CHUNK + 200 });
    await expectOnlyAdded(book, "INVALID_PHONE_HASH");
  });

  test("of wholly other contacts needs confirmation, although it has added them by then", async () => {
    const book = await bookOfTen();
    const hashes = somePhones(FIRST_CHUNK);
    await expect(
      book.engine.syncPhoneHashes(book.owner, streamOf(hashes), 1, { mode: "replace" }),
    ).rejects.toMatchObject({ code: "REPLACE_NEEDS_CONFIRMATION" });
    await expectOnlyAdded(book, "REPLACE_NEEDS_CONFIRMATION");
    expect(
      await book.engine.syncPhoneHashes(book.owner, streamOf(hashes), 1, REPLACE),
    ).toMatchObject({ contacts_removed: OLD });
  });

  test("and repeated leaves a book that the next replace may not wipe", async () => {
    const engine = await openContactSync(database());
    const [owner, hashes] = [someone(), somePhones(2 * FIRST_CHUNK)];
    const broken = streamOf(hashes, new Error("broke off"));
    await engine.syncPhoneHashes(owner, broken, 1, { mode: "replace" }).catch(() => {});
    await engine.syncPhoneHashes(owner, streamOf(hashes), 1, { mode: "replace" });

    for (const snapshot of [hashes.slice(0, 1), streamOf(hashes.slice(0, 1))]) {
      await expect(
        engine.syncPhoneHashes(owner, snapshot, 1, { mode: "replace" }),
      ).rejects.toMatchObject({ code: "REPLACE_NEEDS_CONFIRMATION" });
    }
    expect((await engine.summarizeContacts(owner)).contacts_count).toBe(hashes.length);
  });

  test("clears away what streams of the owner have left a day ago", async () => {
    const { engine, owner } = await bookOfTen();
    const { pool } = database();
    const staged = async () => {
      const { rows } = await pool.query(
        "select from contact_sync_staged_keys where owner_id = $1",
        [owner],
      );
      return rows.length;
    };
    const hashes = somePhones(FIRST_CHUNK);
    const broken = streamOf(hashes, new Error("broke off"));
    await engine.syncPhoneHashes(owner, broken, 1, REPLACE).catch(() => {});
    const again = streamOf([...hashes, ...somePhones(1)], new Error("broke off"));
    await engine.syncPhoneHashes(owner, again, 1, REPLACE).catch(() => {});
    expect(await staged()).toBe(2 * FIRST_CHUNK);

    await pool.query(
      `update contact_sync_streams set last_chunk_at = ${earlier("last_chunk_at", "interval '25 hours'")}
        where stream_id = (select min(stream_id::text)::uuid from contact_sync_streams where owner_id = $1)`,
      [owner],
    );
    await engine.syncPhoneHashes(owner, streamOf(hashes), 1, REPLACE);
    expect(await staged()).toBe(FIRST_CHUNK);
  });
});
