import { randomUUID } from "node:crypto";
import { digestOf, MAX_PARTS_PER_SESSION } from "@contact-sync/client";
import { expect, test } from "vitest";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres } from "../../support/postgres.ts";
import {
  hashOf,
  numberOf,
  refusal,
  streamOf,
  useContactSync,
} from "../../support/use-contact-sync.ts";
import { bookOf, Phone, range } from "./phone.ts";

describePostgres("a session", (server) => {
  const { contactSync, database } = useContactSync(server);

  const begin = async (owner: string, overrides: object = {}) => {
    const settings = { deviceId: "phone-1", deviceContactsCount: 7, ...overrides };
    return (await contactSync().beginSession(owner, settings)).session_id;
  };
  const put = (owner: string, session: string, part: number, ns: readonly number[]) =>
    contactSync().putSessionPart(owner, session, part, ns.map(hashOf));
  const digest = (ns: readonly number[]) => digestOf(ns.map(hashOf));

  test("shows nothing before its commit, and then all of it", async () => {
    const owner = randomUUID();
    const friend = randomUUID();
    await contactSync().link(friend, numberOf(6));
    const session = await begin(owner);
    expect(await put(owner, session, 1, [5, 6, 0])).toBe(3);
    expect(await put(owner, session, 0, [0, 1, 2])).toBe(3);
    expect(await put(owner, session, 0, [0, 1, 2, 1])).toBe(4);
    expect(await put(owner, session, 2, [])).toBe(0);
    expect((await bookOf(contactSync(), owner)).size).toBe(0);
    const result = await contactSync().commitSession(owner, session, {
      parts: 3,
      digest: digest([0, 1, 2, 5, 6]),
    });
    expect(result).toMatchObject({
      total_processed: 5,
      contacts_inserted: 5,
      duplicates: 2,
      rejected: [],
      repeated: [
        { index: 3, repeats: 1 },
        { index: 6, repeats: 0 },
      ],
      matches: [{ index: 5, indexes: [5], phone_hash: hashOf(6), user_id: friend, silent: false }],
      sync_token: expect.any(String),
    });
    expect((await bookOf(contactSync(), owner)).size).toBe(5);
    const { rows } = await database().pool.query(
      "select sync_mode, device_contacts_count from contact_sync_runs where owner_id = $1",
      [owner],
    );
    expect(rows).toEqual([{ sync_mode: "replace", device_contacts_count: 7 }]);

    const phone = new Phone(contactSync(), owner);
    Object.assign(phone, { has: new Set([0, 1, 2, 5, 6]), token: result.sync_token });
    await phone.delta([3], [0]);
    const commit = { parts: 3, digest: digest([]) };
    await refusal(contactSync().commitSession(owner, session, commit), "SESSION_NOT_FOUND");
    await refusal(put(owner, session, 0, [1]), "SESSION_NOT_FOUND");
  });

  test("replaces the device's snapshot, or adds to it", async () => {
    const owner = randomUUID();
    const phone = new Phone(contactSync(), owner);
    const other = new Phone(contactSync(), owner, "other");
    await phone.full(range(6));
    await other.full([5, 50]);
    const merging = await begin(owner, { mode: "merge" });
    await put(owner, merging, 0, [6, 7]);
    const merged = await contactSync().commitSession(owner, merging, {
      parts: 1,
      digest: digest([6, 7]),
    });
    Object.assign(phone, { has: new Set(range(8)), token: merged.sync_token });
    expect(await phone.delta()).toMatchObject({ total_processed: 0 });

    const replacing = await begin(owner);
    await put(owner, replacing, 0, [0]);
    const commit = { parts: 1, digest: digest([0]) };
    await refusal(
      contactSync().commitSession(owner, replacing, commit),
      "REPLACE_NEEDS_CONFIRMATION",
    );
    const { rows } = await database().pool.query(
      "select sync_mode, error_code from contact_sync_runs where owner_id = $1 and sync_status = 'failed'",
      [owner],
    );
    expect(rows).toEqual([{ sync_mode: "replace", error_code: "REPLACE_NEEDS_CONFIRMATION" }]);
    expect(
      await contactSync().commitSession(owner, replacing, { ...commit, confirmRemoval: true }),
    ).toMatchObject({ contacts_removed: 6 });
    expect((await bookOf(contactSync(), owner)).size).toBe(3);
  });

  test("is not committed while a part is missing, or is another one", async () => {
    const owner = randomUUID();
    const session = await begin(owner);
    await put(owner, session, 0, [0]);
    await put(owner, session, 2, [2]);
    const commit = (parts: number, ns: readonly number[]) =>
      contactSync().commitSession(owner, session, { parts, digest: digest(ns) });
    for (const parts of [0, 1, 2, 3]) {
      const error = await refusal(commit(parts, [0, 2]), "SESSION_INCOMPLETE");
      expect(error.details).toMatchObject({ parts, received: 2 });
    }
    await put(owner, session, 1, [1]);
    const error = await refusal(commit(3, [0, 1]), "SYNC_DIGEST_MISMATCH");
    expect(error.message).toMatch(/send the parts again/);
    expect((await bookOf(contactSync(), owner)).size).toBe(0);
    expect(await commit(3, [0, 1, 2])).toMatchObject({ contacts_inserted: 3 });
  });

  test("is not committed as it was read, when a part arrives in between", async () => {
    const owner = randomUUID();
    const session = await begin(owner);
    await put(owner, session, 0, [0, 1]);
    let between = () => put(owner, session, 0, [0, 1, 2]);
    const library = await openContactSync(database(), {
      database: {
        async query(text: string, values: unknown[]) {
          if (text.includes("contact_sync_commit_session")) await between();
          return database().pool.query(text, values);
        },
        transaction: () => Promise.reject(new Error("no transaction")),
      } as never,
    });
    const commit = (ns: readonly number[]) =>
      library.commitSession(owner, session, { parts: 1, digest: digest(ns) });
    await refusal(commit([0, 1]), "SESSION_CHANGED");
    expect((await bookOf(contactSync(), owner)).size).toBe(0);
    between = async () => 0;
    await refusal(commit([0, 1]), "SYNC_DIGEST_MISMATCH");
    expect(await commit([0, 1, 2])).toMatchObject({ contacts_inserted: 3 });
  });

  test("is one owner's, one device's at a time", async () => {
    const [owner, other] = [randomUUID(), randomUUID()];
    const session = await begin(owner);
    await refusal(put(other, session, 0, [1]), "SESSION_NOT_FOUND");
    const commit = { parts: 0, digest: digest([]) };
    await refusal(contactSync().commitSession(other, session, commit), "SESSION_NOT_FOUND");
    await begin(owner, { deviceId: "other" });
    await put(owner, session, 0, [1]);
    await begin(owner);
    await refusal(put(owner, session, 1, [1]), "SESSION_NOT_FOUND");
  });

  test("of a device that begins again takes no other device's place; of a fifth, the oldest's", async () => {
    const owner = randomUUID();
    const sessions = new Map<string, string>();
    const beginOf = async (deviceId: string) =>
      sessions.set(deviceId, await begin(owner, { deviceId }));
    for (const device of ["a", "b", "c", "d", "d"]) await beginOf(device);
    for (const session of sessions.values()) await put(owner, session, 0, [1]);
    await beginOf("e");
    const [oldest = "", ...others] = sessions.values();
    await refusal(put(owner, oldest, 0, [1]), "SESSION_NOT_FOUND");
    for (const session of others) await put(owner, session, 0, [1]);
  });

  test("refuses what is malformed", async () => {
    const owner = randomUUID();
    const session = await begin(owner);
    for (const part of [-1, MAX_PARTS_PER_SESSION, 1.5, "0"]) {
      await refusal(put(owner, session, part as number, []), "INVALID_ARGUMENT");
    }
    const malformed = contactSync().putSessionPart(owner, session, 0, [hashOf(1), "x"]);
    expect((await refusal(malformed, "INVALID_PHONE_HASH")).index).toBe(1);
    await refusal(put(owner, session, 0, range(10_001)), "CONTACTS_LIMIT_EXCEEDED");
    await refusal(put(owner, "x", 0, []), "INVALID_ARGUMENT");
    for (const wrong of [{ deviceContactsCount: -1 }, { mode: "delta" }, { device_id: "x" }]) {
      await refusal(begin(owner, wrong), "INVALID_ARGUMENT");
    }
    for (const wrong of [{ parts: -1 }, { digest: "x" }, { confirmRemoval: 1 }, { part: 1 }]) {
      const commit = { parts: 0, digest: digest([]), ...wrong } as never;
      await refusal(contactSync().commitSession(owner, session, commit), "INVALID_ARGUMENT");
    }
  });
});

describePostgres("a stream of a device", (server) => {
  const { contactSync, database } = useContactSync(server);
  const options = { mode: "replace", deviceId: "phone-1" } as const;

  test("is one transaction, whose token goes on", async () => {
    await database().pool.query("select set_new_number_budget(p_new_account_days => 0)");
    const owner = randomUUID();
    const friend = randomUUID();
    await contactSync().link(friend, numberOf(11_999));
    const progress: object[] = [];
    const entries = [...range(12_000), 11_999].map(numberOf);
    const result = await contactSync().syncContacts(owner, streamOf([...entries, "no"]), null, {
      ...options,
      onProgress: (now) => progress.push(now),
    });
    expect(result).toMatchObject({
      total_processed: 12_000,
      contacts_inserted: 12_000,
      duplicates: 1,
      rejected: [{ index: 12_001, reason: "NOT_A_NUMBER" }],
      matches: [{ index: 11_999, indexes: [11_999, 12_000], user_id: friend }],
    });
    expect(progress).toEqual([
      { received: 5_000, processed: 0 },
      { received: 10_000, processed: 0 },
      { received: 12_002, processed: 0 },
      { received: 12_002, processed: 12_000 },
    ]);
    const { rows } = await database().pool.query(
      "select device_contacts_count from contact_sync_runs where owner_id = $1",
      [owner],
    );
    expect(rows).toEqual([{ device_contacts_count: 12_002 }]);
    const phone = new Phone(contactSync(), owner);
    Object.assign(phone, { has: new Set(range(12_000)), token: result.sync_token });
    expect(await phone.delta([12_000], [0])).toMatchObject({ contacts_removed: 1 });
    await refusal(
      contactSync().syncPhoneHashes(owner, streamOf([hashOf(1)]), 1, options),
      "REPLACE_NEEDS_CONFIRMATION",
    );
  });

  test.each([
    ["a malformed hash", [hashOf(1), "x"], "INVALID_PHONE_HASH"],
    ["a fault of its own", breaking(6_000), "INVALID_ARGUMENT"],
  ] as const)("that ends with %s leaves nothing but its run", async (_what, entries, code) => {
    const owner = randomUUID();
    const stream = Array.isArray(entries)
      ? streamOf(entries)
      : (entries as () => AsyncGenerator<string>)();
    const error = await refusal(contactSync().syncPhoneHashes(owner, stream, null, options), code);
    if (code === "INVALID_ARGUMENT") expect(error.message).toContain("nothing of it is stored");
    expect((await bookOf(contactSync(), owner)).size).toBe(0);
    expect(await contactSync().listDevices(owner)).toEqual([]);
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({ last_error_code: code });
  });
});

function breaking(after: number): () => AsyncGenerator<string> {
  return async function* () {
    for (const n of range(after)) yield hashOf(n);
    throw new Error("gone");
  };
}
