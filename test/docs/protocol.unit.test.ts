// docs/protocol.md, from which clients in other languages are written: its vectors are right, it has
// every field of every message, and every error that a client can meet.
import { applyToDigest, digestOf, phoneHash } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { TObject } from "typebox";
import { describe, expect, test } from "vitest";
import {
  BeginSessionBody,
  ChangesData,
  ChangesQuery,
  CommitBody,
  DeltaBody,
  DeltaData,
  DevicesData,
  ForgottenData,
  PartBody,
  PartData,
  SessionData,
} from "../../src/http/schemas/devices.ts";
import { SyncBody, SyncData } from "../../src/http/schemas/sync.ts";
import { codeWords, readDocument, sectionsOf } from "../acceptance/support/markdown.ts";

const SECTIONS = sectionsOf(await readDocument("docs/protocol.md"));
const section = (heading: string) => {
  const found = SECTIONS.find((of) => of.heading === heading);
  if (found === undefined) throw new Error(`no section ${heading}`);
  return found;
};
/** The rows of the tables of a section, a list of cells each, without their heads. */
const rowsOf = (heading: string) =>
  section(heading)
    .text.split("\n")
    .filter((line) => /^\| [^-]/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

describe("the vectors", () => {
  const hashes = rowsOf("Numbers and hashes").slice(1);
  const words = hashes.map(([, number, hash]) => [
    ...codeWords(number ?? ""),
    ...codeWords(hash ?? ""),
  ]);

  test.each(words)("the hash of %s", (number, hash) => {
    expect(phoneHash(number as string)).toBe(hash);
  });

  test("the digests", () => {
    const set = words.map(([, hash]) => hash as string);
    const [, empty, one, three, changed] = rowsOf("The digest").map((cells) =>
      codeWords(cells[2] ?? ""),
    );
    const [gone, come] = codeWords(rowsOf("The digest").at(-1)?.[1] ?? "");
    expect(empty).toEqual([digestOf([])]);
    expect(one).toEqual([digestOf(set.slice(0, 1))]);
    expect(three).toEqual([digestOf(set)]);
    expect(changed).toEqual([
      applyToDigest(digestOf(set), { added: [come as string], removed: [gone as string] }),
    ]);
  });
});

describe("the messages", () => {
  const namesOf = ({ properties }: TObject) => Object.keys(properties);
  const items = (schema: TObject, list: string) =>
    namesOf((schema.properties[list] as unknown as { items: TObject }).items);
  const newInDelta = namesOf(DeltaData).filter((name) => !(name in SyncData.properties));

  test.each([
    ["The full sync", [...namesOf(SyncBody), ...namesOf(SyncData), ...items(SyncData, "matches")]],
    ["The delta", [...namesOf(DeltaBody), ...newInDelta, ...items(DeltaData, "changes")]],
    ["Changes", [...namesOf(ChangesQuery), ...namesOf(ChangesData)]],
    ["Sessions", [BeginSessionBody, SessionData, PartBody, PartData, CommitBody].flatMap(namesOf)],
    ["Devices", [...items(DevicesData, "devices"), ...namesOf(ForgottenData)]],
  ])("%s has every field", (heading, names) => {
    const { text, fences } = section(heading);
    const said = [text, ...fences.map(({ code }) => code)].join("\n");
    const left = names.filter((name) => !new RegExp(`[\`".]${name}[\`"?\\]]`).test(said));
    expect(left).toEqual([]);
  });

  test("the JSON is JSON", () => {
    const blocks = SECTIONS.flatMap(({ fences }) => fences).filter(
      ({ language }) => language === "json",
    );
    expect(blocks.length).toBeGreaterThan(5);
    for (const { code } of blocks) {
      expect(() => JSON.parse(code.replace(/, …/g, ""))).not.toThrow();
    }
  });
});

describe("the errors", () => {
  const rows = rowsOf("Errors").slice(1);
  const listed = rows.flatMap(([, status, codes]) =>
    codeWords(codes ?? "").map((code) => [code, Number(status)] as const),
  );

  test.each(listed)("%s is %i", (code, status) => {
    expect(ERRORS[code as keyof typeof ERRORS]?.status).toBe(status);
  });

  test("all that a client can meet are there", () => {
    // Of other endpoints, of a back end's calls, or of the library alone.
    const elsewhere = [
      "ABORTED",
      "BLOCK_LIMIT_EXCEEDED",
      "INVALID_CONTACT",
      "INVALID_PHONE_NUMBER",
      "INVALID_RECEIPT",
      "NUMBER_HAS_ACCOUNT",
      "STREAM_INCOMPLETE",
      "UNREADABLE_FILE",
      "VERIFICATION_OUTDATED",
    ];
    const met = Object.entries(ERRORS)
      .filter(([code, { status }]) => status < 500 && !elsewhere.includes(code))
      .map(([code]) => code);
    expect(listed.map(([code]) => code).sort()).toEqual(met.sort());
  });
});
