import { expect, test } from "vitest";
import { type Change, settleChange } from "../../examples/supabase/link-verified-user/index.js";

const ID = "970dabb7-2bcc-441a-a93c-a4a756f72cee";
const AT = "2024-05-01T12:00:00Z";

/** What the function asks of contact-sync, while Supabase Auth says that the user is so. */
async function asked(now: object | null, change: Change, status = 200): Promise<string[]> {
  const calls: string[] = [];
  const fetch = async (url: string, { method = "GET", body = "" } = {}) => {
    if (url.startsWith("https://auth")) {
      return now === null ? new Response("", { status: 404 }) : Response.json(now);
    }
    calls.push([method, url.replace(/.*users\//, ""), body].join(" ").trim());
    return Response.json({}, { status });
  };
  await settleChange(change, {
    supabaseUrl: "https://auth",
    contactSyncUrl: "https://sync",
    serviceRoleKey: "",
    contactSyncToken: "",
    fetch: fetch as typeof globalThis.fetch,
  });
  return calls;
}
const user = (phone: string | null, at: string | null = AT) => ({
  id: ID,
  phone,
  phone_confirmed_at: at,
});
const put = (phone: string) => `PUT ${ID}/phones {"phoneNumber":"+${phone}","verifiedAt":"${AT}"}`;
const remove = (phone: string) => `DELETE ${ID}/phones {"phoneNumber":"+${phone}"}`;

test.each([
  [
    "signs up, not confirmed",
    user("201", null),
    "INSERT",
    null,
    user("201", null),
    [remove("201")],
  ],
  ["signs up by mail", user(null, null), "INSERT", null, user(null, null), []],
  ["confirms", user("201"), "UPDATE", user("201", null), user("201"), [put("201")]],
  ["changes", user("202"), "UPDATE", user("201", "x"), user("202"), [remove("201"), put("202")]],
  [
    "is changed by an administrator",
    user("202"),
    "UPDATE",
    user("201"),
    user("202"),
    [remove("201")],
  ],
  ["gives up", user(null), "UPDATE", user("201"), user(null), [remove("201")]],
  [
    "has changed again since",
    user("203"),
    "UPDATE",
    user("201", "x"),
    user("202"),
    [remove("201"), remove("202")],
  ],
  ["is deleted", null, "DELETE", user("201"), null, [`DELETE ${ID}`]],
  [
    "is deleted, and an earlier change comes late",
    null,
    "UPDATE",
    user("201", null),
    user("201"),
    [`DELETE ${ID}`],
  ],
  [
    "is deleted softly",
    { ...user("x"), deleted_at: AT },
    "UPDATE",
    user("201"),
    user("x"),
    [`DELETE ${ID}`],
  ],
] as const)("who %s", async (_, now, type, old_record, record, expected) => {
  expect(await asked(now, { type, record, old_record })).toEqual(expected);
});

test("a number that somebody else verified later is theirs; other faults are told", async () => {
  const change: Change = { type: "INSERT", record: user("201"), old_record: null };
  expect(await asked(user("201"), change, 409)).toEqual([put("201")]);
  await expect(asked(user("201"), change, 503)).rejects.toThrow("contact-sync answered 503");
});
