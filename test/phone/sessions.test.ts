import { beforeEach, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numberOf } from "../support/use-contact-sync.ts";
import { createPhone, type Phone } from "./phone.ts";
import { asked, book, usePhones } from "./use-phones.ts";

const range = (first: number, length: number) => Array.from({ length }, (_, i) => first + i);

describePostgres("a phone with more contacts than a request may have", (server) => {
  const phones = usePhones(server);
  let phone: Phone & { readonly userId: string };
  beforeEach(async () => {
    await phones().app.pool.query("select set_new_number_budget(100000, 100000, 0, 100000)");
    phone = await phones().phone();
  });
  const all = book(...range(0, 10_500));
  const count = async () => (await phones().library.summarizeContacts(phone.userId)).contacts_count;

  test("sends it in parts, goes on with them after it was ended, and then by deltas", async () => {
    const anna = await phones().join(10_400);
    let parts = 0;
    phone.network.before = ({ pathname }) => {
      if (pathname.includes("/parts/")) parts += 1;
      if (parts >= 2) throw new TypeError("Network request failed");
      return undefined;
    };
    expect(await phone.finder.sync(all)).toMatchObject({ plan: "session", offline: true });
    expect(await count()).toBe(0);

    const again = await phones().phone(phone.userId, { storage: phone.storage });
    expect(await again.finder.sync(all)).toMatchObject({
      plan: "session",
      friends: [{ userId: anna, contacts: [{ number: numberOf(10_400) }] }],
    });
    expect(await count()).toBe(10_500);
    // The part that had arrived is not sent another time.
    expect(asked(again).map((line) => line.replace(/sessions\/[^/ ]+/, "sessions/ID"))).toEqual([
      "POST /sync/sessions/ID/commit",
      "PUT /sync/sessions/ID/parts/1",
      "POST /sync/sessions/ID/commit",
    ]);
    expect(await again.finder.sync(all)).toMatchObject({ plan: "nothing" });
    // More than a delta may have.
    expect(await again.finder.sync(all.slice(10_450), { confirmRemoval: true })).toMatchObject({
      plan: "full",
      left: [anna],
    });
    expect(await count()).toBe(50);
  });

  test("and whose budget has no room for them has in what fits", async () => {
    await phones().app.pool.query("select set_new_number_budget(10100, 100, 0, 10100)");
    const other = createPhone(phones().app, () => phones().app.userToken(phone.userId));
    expect(await other.finder.sync(all)).toMatchObject({
      plan: "session",
      waiting: { numbers: 400 },
    });
    expect(await count()).toBe(10_100);
    expect(await other.finder.sync(all)).toMatchObject({
      plan: "delta",
      waiting: { numbers: 400 },
    });
  });
});
