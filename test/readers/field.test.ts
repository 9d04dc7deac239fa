import { createNormalizer } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { readAddressBook } from "../../src/readers/detect.ts";
import { fixture, reading, streamOf } from "./support.ts";

// Each file is the smallest that showed a fault which people reported of programs that import
// contacts; what stands here is all that is to be read, to the last digit.
interface Answer {
  readonly region: string;
  readonly numbers: readonly string[];
  /** Lines that gave no number. */
  readonly told?: readonly number[];
  /** Columns that are not read, and told. */
  readonly doubtful?: readonly string[];
}

const FILES: Record<string, Answer> = {
  "c01-yahoo.csv": {
    region: "EG",
    numbers: ["+20225790001", "+20225790002", "+201001230010", "+201001230011"],
  },
  "c02-outlook-brazil-cep.csv": {
    region: "BR",
    numbers: ["+5511912340001", "+5521987650002"],
    doubtful: ["CEP de casa", "CEP de trabalho"],
  },
  "c03-whatsapp-column.csv": {
    region: "EG",
    numbers: ["+20225790003", "+201001230012", "+201001230013", "+201001230014"],
  },
  "c04-korean-headers.csv": { region: "KR", numbers: ["+82212340001", "+821012340002"] },
  "c06a-shift-jis.csv": { region: "JP", numbers: ["+819012340001"] },
  "c06b-windows-1251.csv": { region: "RU", numbers: ["+79123450001"] },
  "c07-float-suffix.csv": {
    region: "EG",
    numbers: ["+201001230015", "+201001230016", "+4915112345672"],
  },
  "c09-plus-lost-germany.csv": { region: "DE", numbers: ["+4915112345673", "+491711234567"] },
  "c12-two-in-a-cell.csv": {
    region: "EG",
    numbers: ["+201001230017", "+201112220017", "+201001230018", "+201112220018"],
  },
  "c13-space-before-quote.csv": { region: "EG", numbers: ["+201001230019", "+201001230020"] },
  "c15-country-code-column.csv": {
    region: "EG",
    numbers: ["+201001230021", "+14155550105", "+4915112345676"],
  },
  "c17-number-is-customer-number.csv": {
    region: "NO",
    numbers: ["+4741230001"],
    doubtful: ["Number"],
  },
  "c20-brazil-fone.csv": {
    region: "BR",
    numbers: ["+5511912340005", "+551131230006", "+551131230007"],
  },
  "f01-sogo.ldif": { region: "EG", numbers: ["+20225790005", "+201001230027"] },
  "f02-contacts-without-phone.ndjson": {
    region: "EG",
    numbers: ["+201001230028", "+201001230029"],
    told: [2],
  },
  "f03-react-native-contacts.ndjson": { region: "EG", numbers: ["+201001230030"] },
  "f04-card.jcard": { region: "EG", numbers: ["+201001230031"] },
  "n01-00-hong-kong.vcf": {
    region: "HK",
    numbers: ["+8613800138001", "+917021234567", "+85251230001", "+639171230001"],
  },
  "n05-bracket-zero.vcf": {
    region: "DE",
    numbers: ["+48225120001", "+48512345672", "+34612340001", "+420601123450", "+351912345670"],
  },
  "n10-benin.vcf": { region: "BJ", numbers: ["+2290197120001"] },
  "v13-nul-in-note.vcf": { region: "EG", numbers: ["+201001230004", "+201001230005"] },
  "v14-two-numbers-in-one-tel.vcf": {
    region: "EG",
    numbers: ["+201001230006", "+201112220006", "+201001230007", "+201112220007"],
  },
};

describe("what was reported from the field", () => {
  test.each(Object.entries(FILES))("%s", async (name, {
    region,
    numbers,
    told = [],
    ...answer
  }) => {
    const left: string[] = [];
    const { entries, unreadable } = await reading((options) =>
      readAddressBook(streamOf(fixture(`field/${name}`)), {
        ...options,
        fileName: name,
        onColumns: ({ doubtful }) => left.push(...doubtful),
      }),
    );
    const normalize = createNormalizer({ defaultRegion: region });
    const read = entries.map(({ phone }) => normalize(phone));
    expect(read.map((number) => (number.ok ? number.e164 : number.reason))).toEqual(numbers);
    expect(unreadable.map(({ line }) => line)).toEqual(told);
    expect(left).toEqual(answer.doubtful ?? []);
  });
});
