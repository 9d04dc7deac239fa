import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changingBook } from "../../bench/phone/books.js";
import { findFriends } from "../../bench/phone/by-hand.js";
import { countTravelled } from "../../bench/phone/wire.js";

describe("what the benchmark of the phone counts", () => {
  const body = JSON.stringify({ data: { matches: [] } });
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("content-length", body.length).end(body);
    });
  });
  let url = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve());
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test("travels: bodies to the byte, and headers beside them, on a new connection and a kept one", async () => {
    const sent = "x".repeat(100_000);
    const send = async () => (await fetch(url, { method: "POST", body: sent })).text();
    const first = await countTravelled(send);
    const again = await countTravelled(async () => {
      await send();
      await send();
    });
    expect(first).toMatchObject({ requests: 1, sentBody: 100_000, receivedBody: body.length });
    expect(again).toMatchObject({ requests: 2, sentBody: 200_000 });
    for (const { headers, requests } of [first, again]) {
      expect(headers / requests).toBeGreaterThan(100);
      expect(headers / requests).toBeLessThan(1_000);
    }
  });

  test("by hand: a request for each 10,000 numbers, each number once", async () => {
    const { cards } = changingBook(1, 10_010, 20_000).before;
    const twice = [...cards, { id: "twice", phoneNumbers: cards[0]?.phoneNumbers ?? [] }];
    const { requests, result } = await countTravelled(() =>
      findFriends(twice, { url, region: "EG", getToken: async () => "token" }),
    );
    expect(requests).toBe(2);
    expect(result).toEqual([]);
  });
});
