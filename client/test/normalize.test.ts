import { describe, expect, test } from "vitest";
import { createNormalizer, normalizePhoneNumber } from "../src/numbers/normalize.ts";
import { fastest } from "./support/growth.ts";

function result(input: unknown, defaultRegion?: string): string {
  const number = normalizePhoneNumber(input, { defaultRegion });
  return number.ok ? number.e164 : number.reason;
}

describe("national numbers", () => {
  test("are read as dialled in the given region, and refused without one", () => {
    expect(result("0100 123 4567", "EG")).toBe("+201001234567");
    expect(result("0100 123 4567")).toBe("NO_COUNTRY_CODE");
    expect(result("201001234567")).toBe("NO_COUNTRY_CODE");
  });

  test("are refused when the region has none of their length", () => {
    expect(result("555-1234", "US")).toBe("TOO_SHORT");
    expect(result("0100 123 4567 89", "EG")).toBe("TOO_LONG");
    expect(result("+1 415", "US")).toBe("TOO_SHORT");
    expect(result("10345678901", "AD")).toBe("TOO_LONG");
    expect(result("1234567", "AD")).toBe("INVALID_LENGTH");
  });
});

describe("international numbers", () => {
  test("that libphonenumber does not find possible are accepted as they stand", () => {
    for (const number of ["+1234567890", "+9991234567", "+97912345678", "+141555526711"]) {
      expect(result(number)).toBe(number);
      expect(result(number, "EG")).toBe(number);
    }
  });

  test("have 7 to 15 digits unless the plan knows shorter or longer ones", () => {
    expect(result("+999123")).toBe("TOO_SHORT");
    expect(result("+9991234")).toBe("+9991234");
    expect(result("+999123456789012")).toBe("+999123456789012");
    expect(result("+9991234567890123")).toBe("TOO_LONG");
    expect(result("+43 1234")).toBe("+431234");
    expect(result("+62 80712345678901234")).toBe("+6280712345678901234");
  });

  test("never begin with 0", () => {
    expect(result("+0 100 123 4567")).toBe("INVALID_COUNTRY_CODE");
    expect(result("+0044 20 7946 0018")).toBe("INVALID_COUNTRY_CODE");
  });

  test("may be written with 00, or with the prefix that the region dials", () => {
    expect(result("00 44 20 7946 0018")).toBe("+442079460018");
    expect(result("0044 20 7946 0018", "EG")).toBe("+442079460018");
    expect(result("0044 20 7946 0018", "US")).toBe("+442079460018");
    expect(result("011 44 20 7946 0018", "US")).toBe("+442079460018");
    expect(result("011 44 20 7946 0018")).toBe("NO_COUNTRY_CODE");
    expect(result("0011 44 20 7946 0018", "AU")).toBe("+442079460018");
  });

  test("lose a Mexican prefix of before 2019, also at home", () => {
    const written = ["+52 1 55 1234 5678", "+52 55 1234 5678", "+52 (1) 55-1234-5678"];
    for (const number of written) expect(result(number), number).toBe("+525512345678");
    for (const number of [
      "55 1234 5678",
      "01 55 1234 5678",
      "044 55 1234 5678",
      "045 5512345678",
    ]) {
      expect(result(number, "MX"), number).toBe("+525512345678");
    }
    expect(result("521 55 1234 5678", "MX")).toBe("+525512345678");
  });
});

describe("extensions", () => {
  test("are dropped, in every notation", () => {
    const notations =
      " ext. 12| ext 12|ext12| x12|x 12|#12| #12|;ext=12|,12|,,12|;12|p12|w12| extension 12| доб. 12|~12| int 12";
    for (const extension of notations.split("|")) {
      expect(result(`+1 415 555 2671${extension}`), extension).toBe("+14155552671");
      expect(result(`(415) 555-2671${extension}`, "US"), extension).toBe("+14155552671");
    }
  });

  test("leave a number that must be possible, so that no part of it is taken for one", () => {
    expect(result("+1 415 555-2671#")).toBe("TOO_SHORT");
    expect(result("+999 123 4567 x12")).toBe("INVALID_COUNTRY_CODE");
  });

  test("are not what a second number is", () => {
    expect(result("0612345678, 0612345679", "FR")).toBe("SEVERAL_NUMBERS");
    expect(result("0612345678\n0612345679", "FR")).toBe("SEVERAL_NUMBERS");
    expect(result("+33612345678 +33612345679")).toBe("SEVERAL_NUMBERS");
  });
});

describe("tel: addresses", () => {
  test("are read with their parameters", () => {
    expect(result("tel:+1-415-555-2671")).toBe("+14155552671");
    expect(result("TEL:+14155552671;ext=12")).toBe("+14155552671");
    expect(result("tel:%2B1%20415%20555%202671")).toBe("+14155552671");
    expect(result("tel:0100-123-4567;phone-context=+20")).toBe("+201001234567");
    expect(result("tel:+14155552671;phone-context=+44")).toBe("+14155552671");
    expect(result("tel:4155552671;phone-context=example.com", "US")).toBe("+14155552671");
    expect(result("tel:4155552671;phone-context=example.com")).toBe("NO_COUNTRY_CODE");
    expect(result("tel:*100%23")).toBe("SHORT_CODE");
  });
});

describe("words beside one number", () => {
  test("are left out behind a +, whatever they are", () => {
    for (const text of [
      "Aunt Nadia: +20 100 123 4567",
      "Aunt Nadia +20 100 123 4567",
      "Room: +20 100 123 4567",
      "Nadia (new) <+20 100 123 4567>",
      "🇪🇬 +20 100 123 4567 ❤️",
      "+20 100 123 4567 Nadia",
      "mein altes Handy, +20 100 123 4567 (bis Mai)",
      "+20 100 123 4567 / Büro",
    ]) {
      expect(result(text), text).toBe("+201001234567");
    }
  });

  test("before national digits are left out when they say that it is a telephone", () => {
    for (const label of [
      ..."Tel|TEL.|Tel.:|Phone #|Phone no.|Mob|Mobile:|Cell -|Handy|Diensthandy:|Tel. Büro".split(
        "|",
      ),
      ..."Bu\u0308ro:|Tél. :|Portable :|Cellulare|Móvil:|Celular/WhatsApp:|tlf.|GSM:|M:|t.".split(
        "|",
      ),
      ..."тел.|Моб:|τηλ.|الهاتف".split("|"),
      ..."جوال:|טלפון|נייד:|手機：|手机号码:|電話|【電話】|携帯|휴대폰:|โทร.|मोबाइल|📱|☎️|📞:".split(
        "|",
      ),
      ..."Mobile 2:|Home:|Work -|(work)|«tel»".split("|"),
    ]) {
      expect(result(`${label} 0100 123 4567`, "EG"), label).toBe("+201001234567");
    }
  });

  test("that could be anything leave national digits unread", () => {
    for (const word of [
      ..."Room|Zimmer|ID|ID:|Order #|Konto|IBAN DE|PIN:|No.|Nr.|number|Passport C|A|A:|C|$|€|🏦|💰".split(
        "|",
      ),
      ..."Nadia:|http://a.b/|a.b/|x@|GMT+2|=|50% |½ |①|\ue000|5 |5b |CEP:|🇩🇪".split("|"),
    ]) {
      for (const gap of ["", " "]) {
        expect(result(`${word}${gap}12345678`, "DK"), word + gap).not.toMatch(/^\+/);
      }
    }
    for (const word of [
      " EUR",
      " kg",
      " Nadia",
      "?",
      "°",
      "%",
      "A",
      " - 5",
      " 💰",
      "@a.b",
      " ext",
    ]) {
      expect(result(`12345678${word}`, "DK"), word).not.toMatch(/^\+/);
    }
  });

  test("behind it are left out when they can't be digits of a vanity number", () => {
    for (const remark of [
      " (Mama)",
      " [home, new]",
      " - Büro",
      ", Nadia",
      "; Signal",
      "/work",
      " Handy",
    ]) {
      expect(result(`0170 1234567${remark}`, "DE"), remark).toBe("+491701234567");
    }
    for (const number of ["0800 123 HANDY", "0800-TAXI", "0800 123 - HAUS", "1-800-GO-FEDEX"]) {
      expect(result(number, "DE"), number).not.toMatch(/^\+49800123$/);
    }
    expect(result("+49 800 123 TAXI")).toBe("NOT_A_NUMBER");
    expect(result("+1 800 555 FLOWERS")).toBe("NOT_A_NUMBER");
  });

  test("that name another region leave national digits without one", () => {
    for (const remark of ["(US; Signal)", "(USA)", "(🇺🇸)", "- US"]) {
      expect(result(`(415) 555-0106 ${remark}`, "US"), remark).toBe("+14155550106");
      expect(result(`(415) 555-0106 ${remark}`, "DE"), remark).toBe("NO_COUNTRY_CODE");
      expect(result(`+1 (415) 555-0106 ${remark}`, "DE"), remark).toBe("+14155550106");
    }
    expect(result("020 7946 0018 (UK)", "GB")).toBe("+442079460018");
    expect(result("0100 123 4567 (us)", "EG")).toBe("+201001234567");
  });
});

describe("what only looks like a number", () => {
  test.each([
    ..."2024-05-01|2024/05/01|01.05.2024|5/1/2024|31-12-1999|2024-05-01 18:30".split("|"),
    ..."192.168.100.200|10.123.45.67|52.520008, 13.404954|-33.8688 151.2093|1.234.567,00".split(
      "|",
    ),
    ..."030 12345-67/68|(02) 1234-5678/9|040 1234567/8/9|12345678-1234-1234-1234-123456789".split(
      "|",
    ),
    ..."call before 18:30 +20 100 123 0006|DE89 3704 0044 0532 0130 00|a1234567@b.de".split("|"),
    ..."https://example.com/12345678|t.me/+201001234567|www.12345678.de".split("|"),
  ])("%s", (text) => {
    expect(result(text, "DE")).not.toMatch(/^\+/);
  });

  test("but numbers in the same punctuation are read", () => {
    expect(result("98.76.54.32", "DK")).toBe("+4598765432");
    expect(result("612.345.678", "ES")).toBe("+34612345678");
    expect(result("06/12/34/56/78", "FR")).toBe("+33612345678");
    expect(result("0221/123456", "DE")).toBe("+49221123456");
    expect(result("+49 35201 / 1234567")).toBe("+49352011234567");
  });
});

describe("what is nobody's number", () => {
  test("short and service codes", () => {
    for (const code of ["112", "911", "5", "*123#", "#31#+4930123456", "*67 415 555 2671"]) {
      expect(result(code, "US"), code).toBe("SHORT_CODE");
      expect(result(code), code).toBe("SHORT_CODE");
    }
    expect(result("12345", "US")).toBe("SHORT_CODE");
    expect(result("12345")).toBe("NO_COUNTRY_CODE");
  });

  test("letters, which are not translated to the digits of a keypad", () => {
    for (const text of ["1-800-FLOWERS", "+1 800 FLOWERS", "Bob", "415 555 2671 Bob", "O100"]) {
      expect(result(text, "US"), text).toBe("NOT_A_NUMBER");
    }
  });

  test("nothing, or nothing visible", () => {
    for (const text of ["", "   ", "\u00a0", "\u202a\u202c", "\ufeff"]) {
      expect(result(text, "US"), JSON.stringify(text)).toBe("EMPTY");
    }
    expect(result("---")).toBe("NOT_A_NUMBER");
    expect(result("+")).toBe("NOT_A_NUMBER");
  });

  test("other types", () => {
    const hostile = { toString: () => "+201001234567" };
    for (const value of [
      undefined,
      null,
      201001234567,
      20n,
      true,
      [],
      ["+201001234567"],
      hostile,
    ]) {
      expect(result(value)).toBe("NOT_A_STRING");
    }
    expect(result(new String("+201001234567"))).toBe("NOT_A_STRING");
  });

  test("hostile text", () => {
    for (const text of [
      "+2010\u00000123456",
      "+2010\ud8000123456",
      "\udc00",
      "'; drop table x; --",
    ]) {
      expect(result(text, "EG"), JSON.stringify(text)).toBe("NOT_A_NUMBER");
    }
  });

  test("huge text, which is not even looked at", async () => {
    const long = "+2".repeat(500);
    const huge = "+2".repeat(50_000_000);
    for (const text of [long, huge]) expect(result(text)).toBe("TOO_LONG");
    const often = (text: string) => () => {
      for (let round = 0; round < 10_000; round += 1) result(text);
    };
    // A hundred thousand times as long; looking at each character would show.
    expect((await fastest(often(huge))) / (await fastest(often(long)))).toBeLessThan(20);
  });
});

describe("the characters of address books", () => {
  test("direction marks, odd spaces, odd dashes and other scripts' digits read as plain ones", () => {
    expect(result("\u202a+20 100 123 4567\u202c")).toBe("+201001234567");
    expect(result("\u2068+20\u00a0100\u202f123\u20114567\u2069")).toBe("+201001234567");
    expect(result("\uff0b\uff12\uff10 \uff11\uff10\uff10 1234567")).toBe("+201001234567");
    expect(result("٠١٠٠١٢٣٤٥٦٧", "EG")).toBe("+201001234567");
    expect(result("۰۹۱۲ ۳۴۵ ۶۷۸۹", "IR")).toBe("+989123456789");
    expect(result("०९८१२३४५६७८", "IN")).toBe("+919812345678");
  });
});

describe("the region", () => {
  test("is taken in either case and checked", () => {
    expect(result("0100 123 4567", "eg")).toBe("+201001234567");
    for (const region of ["", "E", "EGY", "ZZ", "001", "constructor", "__proto__"]) {
      expect(() => normalizePhoneNumber("+201001234567", { defaultRegion: region })).toThrow(
        /^INVALID_REGION: /,
      );
      expect(() => createNormalizer({ defaultRegion: region })).toThrow(/^INVALID_REGION: /);
    }
  });

  test("may be null, as telephony APIs report a missing SIM", () => {
    expect(normalizePhoneNumber("0100 123 4567", { defaultRegion: null }).ok).toBe(false);
  });

  test("is bound once by createNormalizer", () => {
    const normalize = createNormalizer({ defaultRegion: "EG" });
    expect(normalize("0100 123 4567")).toEqual({ ok: true, e164: "+201001234567" });
    expect(normalize("12")).toEqual({ ok: false, reason: "SHORT_CODE" });
  });
});
