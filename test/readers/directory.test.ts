import { describe, expect, test } from "vitest";
import { readDirectory } from "../../src/readers/directory.ts";
import { collect, failure, streamOf } from "./support.ts";

const USER = "0f0e0d0c-1111-4111-8111-0a0b0c0d0e0f";

const read = (text: string, fileName?: string) =>
  collect(readDirectory(streamOf(text), { fileName }));
const fail = (text: string) => failure(readDirectory(streamOf(text)));

/** What is read, and what is told of the rest. */
async function readAll(text: string) {
  const told: string[] = [];
  const entries = await collect(
    readDirectory(streamOf(text), {
      onUnreadable: ({ line, reason }) => told.push(`${line} ${reason}`),
    }),
  );
  return { lines: entries.map(({ line }) => line), entries, told };
}

describe("CSV", () => {
  test.each([
    "user_id,phone,verified_at",
    "userId,phoneNumber,verifiedAt",
    "User,Number,Verified at",
    "id;phone;verified_at",
    "UUID,MSISDN,verified",
    "user_id,E164,verified_at",
    "user_id,Handynummer,verified_at",
    "id,phone,phone_confirmed_at",
    "uid,phone_number,phone_verified_at",
    "sub,phoneNumber,phoneVerifiedAt",
    "uuid,msisdn,confirmed_at",
    "userId,phone,confirmedAt",
  ])("columns by name: %s", async (header) => {
    const separator = header.includes(";") ? ";" : ",";
    const row = [USER.toUpperCase(), " +20 100 000 0901 ", "2024-05-01T12:00:00Z"].join(separator);
    expect(await read(`${header}\r\n${row}\r\n`)).toEqual([
      {
        userId: USER,
        phone: "+20 100 000 0901",
        verifiedAt: new Date("2024-05-01T12:00:00Z"),
        line: 2,
      },
    ]);
  });

  test("without a column for the time", async () => {
    const expected = [{ userId: USER, phone: "0100 000 0902", line: 2 }];
    expect(await read(`phone,user_id\n0100 000 0902,${USER}\n`)).toEqual(expected);
  });

  test.each([
    "",
    " ",
    "NULL",
    "\\N",
    "false",
    "f",
    "no",
    "0",
  ])("a number with %j for its verification is not verified", async (empty) => {
    const text = `phone,user_id,verified_at\n0100 000 0902,${USER},${empty}\n`;
    expect(await readAll(text)).toMatchObject({ lines: [], told: ["2 NOT_VERIFIED"] });
    expect((await fail(text)).message).toContain("line 2: The number is not verified");
  });

  test.each(["true", "t", "yes", "1"])("a flag of %j is a verification", async (flag) => {
    const text = `phone,user_id,phone_verified\n0100 000 0902,${USER},${flag}\n`;
    expect(await read(text)).toEqual([{ userId: USER, phone: "0100 000 0902", line: 2 }]);
  });

  test("a whole table of users", async () => {
    const header =
      "instance_id,id,aud,role,email,email_confirmed_at,confirmation_token,phone,phone_confirmed_at," +
      "phone_change,phone_change_token,phone_change_sent_at,confirmed_at,is_sso_user,deleted_at";
    const row = (phone: string, at: string, change = "") =>
      `${USER.replace("0f", "11")},${USER},authenticated,authenticated,a@example.org,` +
      `2024-01-01 00:00:00+00,,${phone},${at},${change},,,2024-01-01 00:00:00+00,f,`;
    const { entries, told } = await readAll(
      [
        header,
        row("201000000905", "2024-05-01 12:00:00.123456+00"),
        row("", ""),
        row("201000000906", "", "201000000907"),
      ].join("\n"),
    );
    expect(entries).toEqual([
      {
        userId: USER,
        phone: "201000000905",
        verifiedAt: new Date("2024-05-01T12:00:00.123Z"),
        line: 2,
      },
    ]);
    expect(told).toEqual(["3 NO_PHONE", "4 NOT_VERIFIED"]);
  });

  test.each([
    ["id,email,phone,confirmed_at"],
    ["id,email,phone,verified"],
    ["id,phone,email_verified_at,verified_at"],
    ["id,phone,phone_verification_status"],
    ["id,phone,verifiziert_am"],
  ])("one that may not be about the number is refused: %s", async (header) => {
    expect((await fail(`${header}\n`)).message).toContain('name it "phone_verified_at"');
  });

  test("columns about a number are no numbers", async () => {
    expect((await fail("id,phone_change,phone_confirmed_at\n")).message).toContain(
      'no column "phone"',
    );
  });

  test("the user's id, not the row's; the column called phone, not the others", async () => {
    const [entry] = await read(
      `id,user_id,phone_hash,fax,phone,mobile\n7,${USER},abc,1,0100 000 0903,2\n`,
    );
    expect(entry).toMatchObject({ userId: USER, phone: "0100 000 0903" });
  });

  test.each([
    ["no user", "name,phone\n", 'no column "user_id"'],
    ["no number", "user_id,name\n", 'no column "phone"'],
    ["two numbers", "user_id,mobile,home phone\n", "Several columns"],
    ["no header", `${USER},+201000000904\n`, 'no column "user_id"'],
  ])("%s", async (_, header, expected) => {
    const { code, message } = await fail(header);
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(expected);
    expect(message).not.toMatch(/0904|0f0e/);
  });
});

describe("NDJSON", () => {
  test("by its content, or by its name", async () => {
    const text = `{"user_id":"${USER}","phone":"+201000000911","verified_at":"2024-05-01"}\n`;
    const expected = [
      { userId: USER, phone: "+201000000911", verifiedAt: new Date("2024-05-01"), line: 1 },
    ];
    expect(await read(text)).toEqual(expected);
    expect(await read(text, "people.csv")).toEqual(expected);
    expect((await fail(`{"a":1}\n`)).message).toContain("line 1: The user has no phone number");
    expect(await failure(readDirectory(streamOf('"x"'), { fileName: "p.ndjson" }))).toMatchObject({
      line: 1,
    });
  });

  test("other spellings, numbers without quotes", async () => {
    const text =
      `{"userId":"${USER}","number":1}\n` +
      `{"id":"${USER}","phoneNumber":"2"}\n{"user":"${USER}","phone_number":"3"}\n`;
    expect((await read(text)).map(({ phone, verifiedAt }) => [phone, verifiedAt])).toEqual([
      ["1", undefined],
      ["2", undefined],
      ["3", undefined],
    ]);
  });

  test("a null, or nothing where others have a time, is not verified", async () => {
    const row = (fields: object) => JSON.stringify({ id: USER, phone: "201000000912", ...fields });
    const text = [
      row({ phone_confirmed_at: "2024-05-01T12:00:00.123456+00:00" }),
      row({ phone_confirmed_at: null }),
      row({}),
      row({ phone: null, phone_confirmed_at: null }),
      row({ id: 7, phone_confirmed_at: true }),
      row({ phone_confirmed_at: 1714564800 }),
      row({ phone_confirmed_at: true }),
    ].join("\n");
    expect(await readAll(text)).toMatchObject({
      lines: [1, 7],
      told: [
        "2 NOT_VERIFIED",
        "3 NOT_VERIFIED",
        "4 NO_PHONE",
        "5 INVALID_USER_ID",
        "6 INVALID_TIME",
      ],
    });
    const late = `${row({})}\n${row({ phone_confirmed_at: null })}\n`;
    expect((await fail(late)).message).toContain("line 2: Here a time of verification comes");
  });

  test("a user who is called by a text is so by a text or a whole number, and by nothing else", async () => {
    const ids = [
      ...['"auth0|abc"', '"?"', "43", '"043"', "1e3", "0"],
      ...[
        "true",
        '["a"]',
        '{"id": 1}',
        "1.5",
        "-1",
        "9007199254740993",
        "null",
        '""',
        '"a\\u0000b"',
      ],
    ];
    const told: number[] = [];
    const entries = await collect(
      readDirectory(streamOf(ids.map((id) => `{"user_id": ${id}, "phone": "1"}`).join("\n")), {
        userIds: "text",
        onUnreadable: ({ line, reason }) => reason === "INVALID_USER_ID" && told.push(line),
      }),
    );
    expect(entries.map(({ userId }) => userId)).toEqual([
      ...["auth0|abc", "?", "43", "043", "1000", "0"],
    ]);
    expect(told).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  test("an array is named, with what to do", async () => {
    expect((await fail(`[{"id":"${USER}","phone":"1"}]`)).message).toContain("jq -c '.[]'");
  });
});

describe("the first faulty row ends the reading and is named by its line only", () => {
  test.each([
    ["a user that is no UUID", "user-0921,0100 000 0921,", "The user's id is"],
    ["no user", ",0100 000 0921,", "The user's id is"],
    ["no number", `${USER},,`, "The user has no phone number"],
    ["a time that is none", `${USER},0100 000 0921,yesterday`, "The time of verification"],
    ["a day that is none", `${USER},0100 000 0921,2024-02-31`, "The time of verification"],
    ["an hour that is none", `${USER},0100 000 0921,2024-02-01T25:00Z`, "The time of"],
    ["a day in another order", `${USER},0100 000 0921,01/02/2024`, "The time of"],
    ["a time far ahead", `${USER},0100 000 0921,2999-01-01`, "The time of"],
  ])("%s", async (_, row, expected) => {
    const text = `user_id,phone,verified_at\n${USER},0100 000 0920,2024-01-01\n${row}\n`;
    const { code, message, line } = await fail(text);
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(`line 3: ${expected}`);
    expect(message).not.toMatch(/0921|yesterday/);
    expect(line).toBe(3);
  });

  test.each([
    ["a vCard", "BEGIN:VCARD\nTEL:0921\nEND:VCARD\n", "address book (vCard)", "user_id,phone"],
    ["LDIF", "dn: cn=A\nmobile: 0921\n", "address book (LDIF)", "user_id,phone"],
    ["jCard", '["vcard",[["tel",{},"text","0921"]]]', "address book (jCard)", "user_id,phone"],
    ["xCard", "<vcards><vcard/></vcards>", "address book (XML)", "user_id,phone"],
    ["a JSON array", '[{"user_id":"0921"}]', "JSON array", "jq -c"],
    ["a packed file", "\u0050K\u0003\u0004xl/workbook", "Excel", "CSV"],
    ["a page", "<!doctype html><p>0921", "web page", "CSV"],
  ])("%s is named, with what a directory looks like", async (_, text, kind, advice) => {
    const { code, message } = await fail(text);
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain(kind);
    expect(message).toContain(advice);
    expect(message).not.toContain("0921");
  });

  test("an empty file", async () => {
    expect((await fail("\n")).message).toContain("empty");
  });
});

describe("times", () => {
  test.each([
    ["2024-05-01", "2024-05-01T00:00:00.000Z"],
    ["2024-05-01T12:30Z", "2024-05-01T12:30:00.000Z"],
    ["2024-05-01T12:30:15", "2024-05-01T12:30:15.000Z"],
    ["2024-05-01 12:30:15.123456+02", "2024-05-01T10:30:15.123Z"],
    ["2024-05-01 12:30:15-0330", "2024-05-01T16:00:15.000Z"],
    ["2024-05-01t12:30:15.5+05:30", "2024-05-01T07:00:15.500Z"],
    ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"],
  ])("%s", async (text, expected) => {
    const [entry] = await read(`user_id,phone,verified_at\n${USER},1,${text}\n`);
    expect(entry?.verifiedAt?.toISOString()).toBe(expected);
  });
});
