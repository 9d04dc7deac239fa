import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { growth, LINEAR } from "../../client/test/support/growth.ts";
import { likeness } from "../../src/readers/csv/scripts.ts";
import { readAddressBook } from "../../src/readers/detect.ts";
import { readColumns, streamOf } from "./support.ts";

const bytesOf = (name: string) =>
  readFileSync(new URL(`../fixtures/code-pages/${name}`, import.meta.url));

describe("the code page of a CSV file", () => {
  test.each([
    ["big5.csv", ["手機", "商務電話", "傳真"], ["0912 345 678", "02 2345 6780"]],
    ["euc-jp.csv", ["勤務先の電話番号", "携帯電話番号"], ["03-1234-0001", "090-1234-0001"]],
    ["euc-kr.csv", ["휴대폰", "직장 전화"], ["010-1234-0002", "02-1234-0001"]],
    ["gb18030.csv", ["手机号", "固定电话"], ["13812340001", "010-12340001"]],
    ["gbk-bars.csv", ["手机", "单位电话"], ["13812340001", "010-12340001"]],
    ["ibm866.csv", ["Мобильный телефон"], ["8 912 345-00-01"]],
    ["iso-2022-jp.csv", ["電話番号", "携帯電話"], ["03-1234-0001", "090-1234-0001"]],
    ["iso-8859-5.csv", ["Мобильный телефон"], ["8 912 345-00-01"]],
    ["koi8-r.csv", ["Мобильный телефон"], ["8 912 345-00-01"]],
    ["koi8-u.csv", ["Номер мобільного телефону"], ["050 123 45 67"]],
    ["mac-cyrillic.csv", ["Мобильный телефон"], ["8 912 345-00-01"]],
    ["macintosh.csv", ["Téléphone", "Tél. mobile"], ["01 23 45 67 01", "06 12 34 56 78"]],
    ["mixed.csv", ["Телефон"], ["8 912 345-00-01", "+33 6 12 34 56 78"]],
    ["shift-jis-ascii-header.csv", ["Phone"], ["０９０－１２３４－０００１", "090-1234-0002"]],
    [
      "shift-jis-bars.csv",
      ["電話番号", "携帯電話"],
      ["03-1234-0001", "０９０－１２３４－０００１"],
    ],
    ["shift-jis.csv", ["電話番号", "携帯電話"], ["03-1234-0001", "090-1234-0001"]],
    ["utf-16be.csv", ["휴대폰"], ["010-1234-0002"]],
    ["utf-16le-mark.csv", ["휴대폰"], ["010-1234-0002"]],
    ["utf-16le.csv", ["휴대폰"], ["010-1234-0002"]],
    ["utf-8-mark.csv", ["휴대폰"], ["010-1234-0002"]],
    ["windows-1250-czech.csv", ["Mobil", "Telefon do zaměstnání"], ["601 123 450", "212 345 670"]],
    [
      "windows-1250.csv",
      ["Telefon komórkowy", "Telefon służbowy"],
      ["512 345 678", "22 123 45 67"],
    ],
    ["windows-1251-ukrainian.csv", ["Номер мобільного телефону"], ["050 123 45 67"]],
    [
      "windows-1251.csv",
      ["Мобильный телефон", "Домашний телефон"],
      ["8 912 345-00-01", "8 (495) 123-45-67"],
    ],
    [
      "windows-1252.csv",
      ["Téléphone (bureau)", "Tél. mobile"],
      ["01 23 45 67 01", "06 12 34 56 78"],
    ],
    ["windows-1253.csv", ["Κινητό", "Τηλέφωνο εργασίας"], ["691 234 5678", "210 1234567"]],
    ["windows-1254.csv", ["Cep Telefonu", "İş Telefonu"], ["0532 123 00 01", "0212 123 00 01"]],
    ["windows-1255.csv", ["טלפון נייד", "פקס"], ["050-123-4567", "03-123-4567"]],
    ["windows-1256.csv", ["الهاتف المحمول"], ["0100 000 0701"]],
    ["windows-1257.csv", ["Telefono numeris", "Mobilusis"], ["8 5 212 3456", "8 612 34567"]],
    ["windows-1258.csv", ["Điện thoại"], ["0912 345 678"]],
    ["windows-874.csv", ["โทรศัพท์", "มือถือ"], ["02 123 4567", "081 234 5678"]],
  ])("%s", async (name, read, phones) => {
    const told = await readColumns(bytesOf(name));
    expect({ read: told.read, phones: told.phones }).toEqual({ read, phones });
  });

  test.each([
    "shift-jis-bars.csv",
    "gbk-bars.csv",
    "iso-2022-jp.csv",
    "utf-16be.csv",
    "utf-16le.csv",
  ])("%s is read alike byte by byte, and found to be CSV", async (name) => {
    const bytes = bytesOf(name);
    const whole = await readColumns(bytes);
    const everywhere = Array.from(bytes, (_, at) => at);
    const phones: string[] = [];
    for await (const { phone } of readAddressBook(streamOf(bytes, everywhere))) phones.push(phone);
    expect(phones).toEqual(whole.phones);
  });

  // No known word stands in these headers: the people's names decide.
  test.each([
    [
      "cp1251",
      "Петров",
      "50686f6e652ccfe5f2f0eee20a2b3230313030313233303030302ccfe5f2f0eee220c8e2e0ed0a2b3230313030313233303030312cd1e8e4eef0eee2e020c0edede00a2b3230313030313233303030322ccaf3e7ede5f6eee220d1e5f0e3e5e90a2b3230313030313233303030332cd1ece8f0edeee2e020ceebfce3e00a",
    ],
    [
      "koi8_r",
      "Петров",
      "50686f6e652cf0c5d4d2cfd70a2b3230313030313233303030302cf0c5d4d2cfd720e9d7c1ce0a2b3230313030313233303030312cf3c9c4cfd2cfd7c120e1cecec10a2b3230313030313233303030322cebd5dacec5c3cfd720f3c5d2c7c5ca0a2b3230313030313233303030332cf3cdc9d2cecfd7c120efccd8c7c10a",
    ],
    [
      "cp866",
      "Петров",
      "50686f6e652c8fa5e2e0aea20a2b3230313030313233303030302c8fa5e2e0aea22088a2a0ad0a2b3230313030313233303030312c91a8a4aee0aea2a02080adada00a2b3230313030313233303030322c8ae3a7ada5e6aea22091a5e0a3a5a90a2b3230313030313233303030332c91aca8e0adaea2a0208eabeca3a00a",
    ],
    [
      "iso8859_5",
      "Петров",
      "50686f6e652cbfd5e2e0ded20a2b3230313030313233303030302cbfd5e2e0ded220b8d2d0dd0a2b3230313030313233303030312cc1d8d4dee0ded2d020b0ddddd00a2b3230313030313233303030322cbae3d7ddd5e6ded220c1d5e0d3d5d90a2b3230313030313233303030332cc1dcd8e0ddded2d020bedbecd3d00a",
    ],
    [
      "mac_cyrillic",
      "Петров",
      "50686f6e652c8fe5f2f0eee20a2b3230313030313233303030302c8fe5f2f0eee22088e2e0ed0a2b3230313030313233303030312c91e8e4eef0eee2e02080edede00a2b3230313030313233303030322c8af3e7ede5f6eee22091e5f0e3e5e90a2b3230313030313233303030332c91ece8f0edeee2e0208eebfce3e00a",
    ],
    [
      "cp1253",
      "Παπαδόπουλος",
      "50686f6e652cd0e1f0e1e4fcf0eff5ebeff20a2b3230313030313233303030302cd0e1f0e1e4fcf0eff5ebeff220c3e9fef1e3eff20a2b3230313030313233303030312ccde9eaefebdceff520cce1f1dfe10a2b3230313030313233303030322cc9f9dcededeff520c5ebddede70a",
    ],
    [
      "cp1255",
      "כהן",
      "50686f6e652cebe4ef0a2b3230313030313233303030302cebe4ef20e3e5e30a2b3230313030313233303030312cece5e920f8e7ec0a2b3230313030313233303030322ceee6f8e7e920e9e5f1f30a",
    ],
    [
      "cp1256",
      "محمد",
      "50686f6e652ce3cde3cf0a2b3230313030313233303030302ce3cde3cf20dae1ed0a2b3230313030313233303030312cddc7d8e3c920cdd3e40a2b3230313030313233303030322cc3cde3cf20c5c8d1c7e5ede30a",
    ],
    [
      "cp874",
      "สมชาย",
      "50686f6e652ccac1aad2c20a2b3230313030313233303030302ccac1aad2c220e3a8b4d50a2b3230313030313233303030312ccac1cbadd4a720c3d1a1e4b7c20a2b3230313030313233303030322cc7d4aad1c220c1d5cad8a20a",
    ],
    [
      "cp932",
      "佐藤太郎",
      "50686f6e652c8db293a191be98590a2b3230313030313233303030302c8db293a191be98590a2b3230313030313233303030312c97e996d889d48e710a2b3230313030313233303030322c8d828bb48c9288ea0a2b3230313030313233303030332c837c815b838b0a",
    ],
    [
      "euc_jp",
      "佐藤太郎",
      "50686f6e652cbab4c6a3c2c0cfba0a2b3230313030313233303030302cbab4c6a3c2c0cfba0a2b3230313030313233303030312cceebccdab2d6bbd20a2b3230313030313233303030322cb9e2b6b6b7f2b0ec0a2b3230313030313233303030332ca5dda1bca5eb0a",
    ],
    [
      "gb18030",
      "王小明",
      "50686f6e652ccdf5d0a1c3f70a2b3230313030313233303030302ccdf5d0a1c3f70a2b3230313030313233303030312cc0eec4c80a2b3230313030313233303030322cd5c5ceb00a2b3230313030313233303030332cc1f5d1f30a",
    ],
    [
      "cp950",
      "王小明",
      "50686f6e652ca4fda470a9fa0a2b3230313030313233303030302ca4fda470a9fa0a2b3230313030313233303030312cb3afacfcacc20a2b3230313030313233303030322cb169ae61bba80a2b3230313030313233303030332cbc42a9c9a7670a",
    ],
    [
      "cp949",
      "김철수",
      "50686f6e652cb1e8c3b6bcf60a2b3230313030313233303030302cb1e8c3b6bcf60a2b3230313030313233303030312cc0ccbfb5c8f10a2b3230313030313233303030322cb9dab9cebcf60a2b3230313030313233303030332cc3d6c1f6c7f60a",
    ],
    [
      "cp1250",
      "Łukasz",
      "50686f6e652ca3756b61737a0a2b3230313030313233303030302ca3756b61737a20af616b0a2b3230313030313233303030312c4d61b3676f727a6174612057699c6e696577736b610a2b3230313030313233303030322c50617765b32044b962726f77736b690a",
    ],
    [
      "cp1252",
      "Jürgen",
      "50686f6e652c4afc7267656e0a2b3230313030313233303030302c4afc7267656e204dfc6c6c65720a2b3230313030313233303030312c47fc6e7468657220536368e46665720a2b3230313030313233303030322c4be474686520576569df0a",
    ],
    [
      "mac_roman",
      "Zoé",
      "50686f6e652c5a6f8e0a2b3230313030313233303030302c5a6f8e204c65668f7672650a2b3230313030313233303030312c4672616e8d6f6973204e6f916c0a",
    ],
  ])("%s: %s", async (_, name, hex) => {
    expect((await readColumns(Buffer.from(hex, "hex"))).notRead).toEqual([name]);
  });
});

test.each([
  ["letters of ASCII", "a"],
  ["accented ones", "\u00e9"],
  ["signs", "\u00a4"],
  ["both by turns", "a\u00a4"],
  ["marks", "\u0301"],
])("how much a text of %s looks like words is found in one reading", async (_, piece) => {
  const work = (count: number) => {
    const text = piece.repeat(count);
    return () => likeness(text);
  };
  expect(await growth(work, 1_000)).toBeLessThan(LINEAR);
});
