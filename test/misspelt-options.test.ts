import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serve } from "../src/http/serve.ts";
import {
  type ContactsWithAccounts,
  createContactSync,
  exportForSupabase,
  migrate,
  startEmbeddedDatabase,
} from "../src/index.ts";
import { readCsv } from "../src/readers/csv/csv.ts";
import { readAddressBook } from "../src/readers/detect.ts";
import { readDirectory } from "../src/readers/directory.ts";
import { readJcards } from "../src/readers/jcard/jcard.ts";
import { readJson } from "../src/readers/json/json.ts";
import { readLdif } from "../src/readers/ldif/ldif.ts";
import { readNdjson } from "../src/readers/ndjson/ndjson.ts";
import { readVcards } from "../src/readers/vcard/vcard.ts";
import { readXcards } from "../src/readers/xcard/xcard.ts";
import { TEST_KEY } from "./support/key.ts";
import { describePostgres } from "./support/postgres.ts";
import { hashOf, numberOf, refusal, streamOf, useContactSync } from "./support/use-contact-sync.ts";

const user = "6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11";
const contact = { owner_id: user, phone_hash: hashOf(1) };

/** A call with an option that is misspelt: what was written, and what was meant. */
type Misspelt = [
  written: string,
  meant: string,
  call: (contactSync: ContactsWithAccounts, options: never) => Promise<unknown>,
];

const CALLS: Misspelt[] = [
  ["batchsize", "batchSize", (e, o) => e.syncContacts(user, [numberOf(1)], 1, o)],
  ["confirmRemovel", "confirmRemoval", (e, o) => e.syncContacts(user, streamOf([]), null, o)],
  ["default_region", "defaultRegion", (e, o) => e.syncPhoneHashes(user, [hashOf(1)], 1, o)],
  ["device_id", "deviceId", (e, o) => e.syncPhoneHashes(user, [hashOf(1)], 1, o)],
  ["Budget", "budget", (e, o) => e.syncDelta(user, {} as never, o)],
  ["cursor", "since", (e, o) => e.listChanges(user, o)],
  ["announced", "announce", (e, o) => e.link(user, numberOf(1), o)],
  ["batch_size", "batchSize", (e, o) => e.bulkInsertContacts([contact], o)],
  ["onprogress", "onProgress", (e, o) => e.bulkInsertContacts(streamOf([contact]), o)],
  ["favourites", "favorites", (e, o) => e.listContacts(user, o)],
  ["owner_id", "ownerId", (e, o) => e.getSyncStatistics(30, o)],
  ["verified_at", "verifiedAt", (e, o) => e.link(user, numberOf(1), o)],
  ["region", "defaultRegion", (e, o) => e.linkMany([{ userId: user, phoneNumber: "1" }], o)],
  ["after", "cursor", (e, o) => e.listBlockedUsers(user, o)],
  ["userID", "userId", (e, o) => e.unlink(numberOf(1), o)],
  ["Signal", "signal", (e, o) => e.exportUser(user, o)],
  ["signals", "signal", (e, o) => e.applyRetention(o)],
  ["region", "defaultRegion", (e, o) => e.forgetNumber(numberOf(1), o)],
  ["Region", "defaultRegion", (e, o) => e.liftNumber(numberOf(1), o)],
];

/** The first entry, which reading begins with. */
const firstOf = (entries: AsyncGenerator<unknown>) => entries.next();

describePostgres("a misspelt option", (server) => {
  const { contactSync, database } = useContactSync(server);

  test.each(
    CALLS,
  )("%s of an operation is refused, and nothing is done", async (written, meant, call) => {
    const options = { [written]: true } as never;
    const { message } = await refusal(call(contactSync(), options), "INVALID_ARGUMENT");
    expect(message).toContain(`options.${written} is not an option`);
    expect(message).toContain(meant);
    expect(await contactSync().getSyncStatus(user)).toMatchObject({ sync_status: "never_synced" });
    expect((await contactSync().summarizeContacts(user)).contacts_count).toBe(0);
  });

  test.each([
    ["isFavourite", "did you mean is_favorite?"],
    ["isFavorite", "did you mean is_favorite?"],
    ["linked_userid", "did you mean linked_user_id?"],
    ["lastInteraction", "did you mean last_interaction?"],
    ["name", "known are owner_id, phone_hash"],
  ])("field %s of a contact refuses the call, by its position", async (written, meant) => {
    const misspelt = { ...contact, [written]: true } as never;
    const calls = [
      [1, () => contactSync().bulkInsertContacts([contact, misspelt])],
      [1, () => contactSync().bulkInsertContacts(streamOf([contact, misspelt]))],
      [0, () => contactSync().create(misspelt)],
    ] as const;
    for (const [index, call] of calls) {
      const error = await refusal(call(), "INVALID_CONTACT");
      expect(error.message).toContain(
        `the contact at position ${index} has a field that does not exist, ${written}; ${meant}`,
      );
      expect(error.index).toBe(index);
    }
    expect((await contactSync().summarizeContacts(user)).contacts_count).toBe(0);
  });

  test("field of a contact is not repeated where it may be a number", async () => {
    for (const name of [numberOf(1), hashOf(1), "٠١٠٠١٢٣٤٥٦٧", "a b", "x".repeat(41)]) {
      const error = await refusal(
        contactSync().bulkInsertContacts([{ ...contact, [name]: 1 } as never]),
        "INVALID_CONTACT",
      );
      expect(error.message).toContain("has a field that does not exist; known are owner_id");
      expect(error.message).not.toContain(name);
    }
  });

  test("field of a verified number refuses the call, by its position", async () => {
    const verified = { userId: user, phoneNumber: numberOf(1) };
    for (const [written, meant] of [
      ["verified_at", "did you mean verifiedAt?"],
      ["phone", "known are userId, phoneNumber, phoneHash, verifiedAt"],
    ] as const) {
      const misspelt = { ...verified, [written]: "2026-01-02" } as never;
      const error = await refusal(contactSync().linkMany([verified, misspelt]), "INVALID_ARGUMENT");
      expect(error.message).toContain(
        `the entry at position 1 has a field that does not exist, ${written}; ${meant}`,
      );
      expect(error.index).toBe(1);
    }
    const { rows } = await database().pool.query("select count(*)::integer as linked from phones");
    expect(rows).toEqual([{ linked: 0 }]);
  });

  test("of createContactSync is refused by name, its budget's too", async () => {
    const options = { database: database().connectionString, key: TEST_KEY };
    const { message } = await refusal(
      createContactSync({ ...options, default_region: "EG" } as never),
      "INVALID_ARGUMENT",
    );
    expect(message).toContain(
      "options.default_region is not an option; did you mean defaultRegion?",
    );
    const budget = await refusal(
      createContactSync({ ...options, newNumberBudget: { per_day: 5 } } as never),
      "INVALID_ARGUMENT",
    );
    expect(budget.message).toContain(
      "newNumberBudget.per_day is not an option; did you mean perDay?",
    );
  });

  test("of migrate and the export for Supabase is refused before anything is written", async () => {
    const { message } = await refusal(
      migrate({ connectionString: database().connectionString, shema: "elsewhere" } as never),
      "INVALID_ARGUMENT",
    );
    expect(message).toContain("options.shema is not an option; did you mean schema?");
    const folder = join(await mkdtemp(join(tmpdir(), "contact-sync-options-")), "migrations");
    await refusal(exportForSupabase(folder, { Schema: "app" } as never), "INVALID_ARGUMENT");
    expect(existsSync(folder)).toBe(false);
  });

  test("of the embedded database and of the service is refused before it starts", async () => {
    const dataDir = join(await mkdtemp(join(tmpdir(), "contact-sync-options-")), "data");
    const { message } = await refusal(
      startEmbeddedDatabase({ datadir: dataDir } as never),
      "INVALID_ARGUMENT",
    );
    expect(message).toContain("options.datadir is not an option; did you mean dataDir?");
    expect(existsSync(dataDir)).toBe(false);
    const environment = { CONTACT_SYNC_DATA_DIR: dataDir };
    await refusal(
      serve({ environment, announce: () => {}, signl: undefined } as never),
      "INVALID_ARGUMENT",
    );
    expect(existsSync(dataDir)).toBe(false);
  });

  test("of a reader is refused before it reads", async () => {
    const unread = streamOf<Uint8Array>([]);
    const readers = [readAddressBook, readDirectory, readCsv, readVcards, readLdif, readJson];
    for (const read of [...readers, readNdjson, readJcards, readXcards]) {
      const { message } = await refusal(
        firstOf(read(unread, { filename: "book.vcf" } as never)),
        "INVALID_ARGUMENT",
      );
      expect(message).toContain("options.filename is not an option");
    }
    await refusal(firstOf(readAddressBook(unread, { format: "vcf" as never })), "INVALID_ARGUMENT");
  });
});
