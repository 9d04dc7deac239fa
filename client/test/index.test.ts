import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as client from "../src/index.ts";

const source = new URL("../src/", import.meta.url);

describe("the package", () => {
  test("exports these values", () => {
    expect(Object.keys(client).sort()).toEqual([
      "ContactSyncError",
      "DEFAULT_BATCH_SIZE",
      "DEFAULT_BLOCKS_PER_PAGE",
      "DEFAULT_CONTACTS_PER_PAGE",
      "DEFAULT_CONTACT_SIZE_KB",
      "DEFAULT_STATISTICS_DAYS",
      "DEVICE_ID",
      "DISCOVERABLE",
      "EMPTY_DIGEST",
      "ERROR_CODES",
      "ESTIMATED_CONTACTS_PER_SECOND",
      "LARGE_DATASET_BATCH_SIZE",
      "LARGE_DATASET_CONTACTS",
      "MAX_BATCH_SIZE",
      "MAX_BLOCKS_PER_PAGE",
      "MAX_CHANGES_PER_PAGE",
      "MAX_CONTACTS_PER_CALL",
      "MAX_CONTACTS_PER_OWNER",
      "MAX_CONTACTS_PER_PAGE",
      "MAX_CONTACTS_PER_SESSION",
      "MAX_CONTACTS_PER_STREAM",
      "MAX_COUNT",
      "MAX_DEVICES_PER_OWNER",
      "MAX_HASHES_PER_DELTA",
      "MAX_NEW_NUMBERS",
      "MAX_PARTS_PER_SESSION",
      "MAX_REQUEST_BYTES",
      "MAX_STATISTICS_DAYS",
      "MIN_BATCH_SIZE",
      "MIN_RECOMMENDED_BATCH_SIZE",
      "PHONE_HASH_LENGTH",
      "RECOMMENDED_CHUNK_CONTACTS",
      "REJECTION_REASONS",
      "TARGET_BATCH_KB",
      "applyToDigest",
      "assertDiscoverable",
      "assertRegion",
      "canonicalPhoneHash",
      "createFriendFinder",
      "createNormalizer",
      "createPhoneHasher",
      "digestOf",
      "fromAppState",
      "fromContactPicker",
      "fromContacts",
      "fromExpoContacts",
      "fromReactNativeContacts",
      "hashPhoneNumbers",
      "indexedDbStorage",
      "isContactPickerThere",
      "isContactSyncError",
      "isDigest",
      "mmkvStorage",
      "normalizePhoneNumber",
      "phoneHash",
      "readOptions",
      "splitPhoneNumbers",
      "unknownName",
    ]);
  });

  test("runs on a phone: no Node built-in, no global that a phone lacks", () => {
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && name !== "storage/file-storage.ts", // of the entry for Node
    );
    expect(files.length).toBeGreaterThan(10);
    for (const name of files) {
      const text = readFileSync(new URL(name, source), "utf8").replace(
        /^ *(?:\/\/|\*|\/\*).*$/gm,
        "",
      );
      expect(text, name).not.toMatch(
        /from "node:|\bBuffer\b|\bprocess\.|\bTextEncoder\b|require\(|\.at\(|\(\?<[=!]/,
      );
    }
  });

  test("needs one other package, for the entry that encrypts: what is hashed is all its own", () => {
    const client = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(Object.keys(client.dependencies)).toEqual(["@noble/ciphers"]);
    expect(client.dependencies["@noble/ciphers"]).toMatch(/^\d+\.\d+\.\d+$/);
    // What the plans are composed from is pinned exactly.
    const root = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(root.devDependencies["libphonenumber-js"]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test("has a sentence for every reason", () => {
    for (const [reason, sentence] of Object.entries(client.REJECTION_REASONS)) {
      expect(reason).toMatch(/^[A-Z_]+$/);
      expect(sentence).toMatch(/^[A-Z].{20,}\.$/);
    }
  });
});
