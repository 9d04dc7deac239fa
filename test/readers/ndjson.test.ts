import { describe, expect, test } from "vitest";
import { readNdjson } from "../../src/readers/ndjson/ndjson.ts";
import { collect, failure, reading, streamOf } from "./support.ts";

const read = (text: string | Buffer) => collect(readNdjson(streamOf(text)));
const fail = (text: string | Buffer) => failure(readNdjson(streamOf(text)));

const OWNER = "11111111-1111-4111-8111-111111111111";

describe("what a line may be", () => {
  test("a number, an object, nothing", async () => {
    expect(
      await read(
        '"0100 000 0801"\n\n{"phone":"+20 100 000 0802"}\r\n  \n{"phone_number":"a"}\n' +
          '{"phoneNumber":"b"}\n{"number":"c"}\n{"phone":201000000803}',
      ),
    ).toEqual([
      { phone: "0100 000 0801", line: 1 },
      { phone: "+20 100 000 0802", line: 3 },
      { phone: "a", line: 5 },
      { phone: "b", line: 6 },
      { phone: "c", line: 7 },
      { phone: "201000000803", line: 8 },
    ]);
  });

  test("a bulk row: fields as they are, nulls kept, absent ones absent", async () => {
    expect(
      await read(
        `{"phone_hash":"${"0".repeat(32)}","owner_id":"${OWNER}","is_favorite":true,` +
          `"last_interaction":"2024-05-01T12:00:00Z","linked_user_id":null,"name":"dropped"}\n` +
          `{"phoneHash":"x","ownerId":"${OWNER}","isFavorite":null,"linkedUserId":"${OWNER}"}\n`,
      ),
    ).toEqual([
      {
        phoneHash: "0".repeat(32),
        ownerId: OWNER,
        isFavorite: true,
        lastInteraction: "2024-05-01T12:00:00Z",
        linkedUserId: null,
        line: 1,
      },
      { phoneHash: "x", ownerId: OWNER, isFavorite: null, linkedUserId: OWNER, line: 2 },
    ]);
  });

  test("nothing at all gives nothing", async () => {
    expect(await read("")).toEqual([]);
  });
});

test.each([
  '{"tel":"0100 000 0811"}',
  '{"phone":null}',
  '{"phone":""}',
  '{"phone":null,"phone_hash":null}',
  '{"__proto__":{"phone":"0811"}}',
  "{}",
])("a row without a number or a hash is told, and the others are read: %s", async (row) => {
  expect(await reading((options) => readNdjson(streamOf(`"1"\n${row}\n"2"\n`), options))).toEqual({
    entries: [
      { phone: "1", line: 1 },
      { phone: "2", line: 3 },
    ],
    unreadable: [{ line: 2, reason: "NO_NUMBER" }],
  });
});

describe("what a line may not be", () => {
  test.each([
    ["not JSON", '{"phone": 0100 000 0811}', "not a JSON value"],
    ["cut off", '{"phone": "0100 000 0811', "not a JSON value"],
    ["an array", '["0100 000 0811"]', "not a JSON object"],
    ["a bare number", "1000000811", "not a JSON object"],
    ["null", "null", "not a JSON object"],
    ["a number of another type", '{"phone":["0100 000 0811"]}', '"phone" must be a text'],
    ["a rounded number", '{"phone":1e25}', '"phone" must be a text'],
    ["a flag of another type", '{"phone":"x","is_favorite":"0811"}', '"is_favorite" must be'],
  ])("%s", async (_, text, expected) => {
    const { code, message, line, cause } = await fail(`"first"\n${text}\n`);
    expect(code).toBe("UNREADABLE_FILE");
    expect(message).toContain("line 2: ");
    expect(message).toContain(expected);
    expect(message).not.toContain("0811");
    expect(line).toBe(2);
    expect(cause).toBeUndefined();
  });

  test("bytes that are not UTF-8", async () => {
    const { message } = await fail(Buffer.from('"caf\xe9"\n', "latin1"));
    expect(message).toContain("line 1: The line is not UTF-8");
  });

  test("a line without an end, before it is in memory", async () => {
    let given = 0;
    async function* source() {
      for (; given < 50; given += 1) {
        yield Buffer.alloc(100_000, "x");
      }
      yield Buffer.from("\n");
    }
    expect((await failure(readNdjson(source()))).message).toContain("longer than 64 KB");
  });
});
