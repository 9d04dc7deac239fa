import { hash, randomUUID } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useServiceProcesses } from "../http/service-process.ts";
import { SERVICE_KEY } from "../http/support.ts";
import { createTestDatabase, newestMajor, type TestDatabase } from "../support/postgres.ts";

// A fifth of the limit: what comes after has nothing new to tell, and takes a minute.
const CONTACTS = 200_000;
const OWNERS = Array.from({ length: 4 }, () => randomUUID());

// The newest major is enough: what is measured is our own process.
const major = newestMajor();
const startService = useServiceProcesses();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(major);
});
afterAll(() => database.drop());

async function* lines(halfway: () => Promise<void>): AsyncGenerator<string> {
  for (let first = 0; first < CONTACTS; first += 1_000) {
    const block = Array.from({ length: 1_000 }, (_, place) => {
      const n = first + place;
      const phoneHash = hash("sha256", `${n}`).slice(0, 32);
      return `{"owner_id":"${OWNERS[n % OWNERS.length]}","phone_hash":"${phoneHash}"}\n`;
    });
    if (first === CONTACTS / 2) await halfway();
    yield block.join("");
  }
}

test("contacts are streamed into the service in constant memory", async () => {
  const service = await startService(database.connectionString, { LOG_LEVEL: "warn" });
  const idleMb = await service.peakMemory();
  let halfwayMb = Number.NaN;
  const startedAt = performance.now();
  const request = httpRequest(`${service.address}/api/v1/contacts/bulk-insert`, {
    method: "POST",
    headers: { authorization: `Bearer ${SERVICE_KEY}`, "content-type": "application/x-ndjson" },
  });
  const response = new Promise<IncomingMessage>((resolve) => request.on("response", resolve));
  const halfway = async () => {
    halfwayMb = await service.peakMemory();
  };
  const [answer] = await Promise.all([
    response.then(text),
    pipeline(Readable.from(lines(halfway)), request),
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  const peakMb = await service.peakMemory();

  const answered = answer.trimEnd().split("\n");
  expect(answered).toHaveLength(CONTACTS / 5_000 + 1);
  expect(JSON.parse(answered.at(-1) ?? "")).toMatchObject({
    success: true,
    data: { total_processed: CONTACTS, contacts_inserted: CONTACTS, duplicates: 0 },
  });
  console.log(
    `${idleMb} MB idle, ${halfwayMb} halfway, ${peakMb} at the end; ${seconds.toFixed(1)} s`,
  );
  expect(peakMb).toBeLessThan(300);
  // The half that is still to come would be more than that: it has 500,000 contacts.
  expect(peakMb - halfwayMb).toBeLessThan(100);
});
