import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, refusal, streamOf, useContactSync } from "../support/use-contact-sync.ts";

const COUNT = 12_345;

describePostgres("bulkInsertContacts, a stream", (server) => {
  const { contactSync } = useContactSync(server);
  const stored = async (owner: string) =>
    (await contactSync().summarizeContacts(owner)).contacts_count;

  function* items(owner_id: string, count: number) {
    for (let n = 0; n < count; n += 1) yield { owner_id, phone_hash: hashOf(n) };
  }

  test("goes in chunks of 5,000 and adds up", async () => {
    const owner = randomUUID();
    const onProgress = vi.fn();
    const result = await contactSync().bulkInsertContacts(streamOf(items(owner, COUNT)), {
      onProgress,
    });
    expect(result).toMatchObject({
      total_processed: COUNT,
      contacts_inserted: COUNT,
      duplicates: 0,
      batch_size: 500,
    });
    expect(onProgress.mock.calls.map(([{ processed }]) => processed)).toEqual([
      5_000,
      10_000,
      COUNT,
    ]);
    expect(await stored(owner)).toBe(COUNT);
    expect(await contactSync().bulkInsertContacts(streamOf(items(owner, COUNT)))).toMatchObject({
      contacts_inserted: 0,
      contacts_updated: 0,
      contacts_unchanged: COUNT,
    });
  });

  test("lets the last of two far apart win", async () => {
    const owner = randomUUID();
    async function* twice() {
      yield { owner_id: owner, phone_hash: hashOf(0), is_favorite: true };
      yield* items(owner, 5_000);
      yield { owner_id: owner, phone_hash: hashOf(0), is_favorite: false };
    }
    await contactSync().bulkInsertContacts(twice());
    expect(await contactSync().findContact(owner, hashOf(0))).toMatchObject({ is_favorite: false });
  });

  test("counts positions through the stream; the chunks before stay", async () => {
    const owner = randomUUID();
    async function* spoilt() {
      yield* items(owner, 5_002);
      yield { owner_id: owner, phone_hash: "no hash" };
    }
    const error = await refusal(contactSync().bulkInsertContacts(spoilt()), "INVALID_PHONE_HASH");
    expect(error.index).toBe(5_002);
    expect(await stored(owner)).toBe(5_000);
  });

  test("stops at a raised signal and closes the source", async () => {
    const owner = randomUUID();
    const controller = new AbortController();
    let closed = false;
    async function* source() {
      try {
        yield* items(owner, COUNT);
      } finally {
        closed = true;
      }
    }
    await refusal(
      contactSync().bulkInsertContacts(source(), {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      "ABORTED",
    );
    expect(await stored(owner)).toBe(5_000);
    expect(closed).toBe(true);
  });

  test("a source that fails, and an onProgress that throws, end it with an error of ours", async () => {
    const owner = randomUUID();
    const fault = new Error("the disk is gone");
    async function* failing() {
      yield* items(owner, 5_001);
      throw fault;
    }
    const error = await refusal(contactSync().bulkInsertContacts(failing()), "INVALID_ARGUMENT");
    expect(error).toMatchObject({ cause: fault, index: 5_001 });
    expect(await stored(owner)).toBe(5_000);

    const stopped = await refusal(
      contactSync().bulkInsertContacts(streamOf(items(randomUUID(), 1)), {
        onProgress: () => {
          throw fault;
        },
      }),
      "ABORTED",
    );
    expect(stopped.cause).toBe(fault);
  });
});
