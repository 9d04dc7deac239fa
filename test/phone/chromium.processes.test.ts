import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import type { DeviceContact } from "@contact-sync/client";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { useServiceProcesses } from "../http/service-process.ts";
import { JWT_SECRET, SERVICE_KEY } from "../http/support.ts";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { createTestDatabase, newestMajor, type TestDatabase } from "../support/postgres.ts";
import type { SyncFigures, SyncRequest, Vector } from "./in-page/checks.ts";

const VECTORS = new URL("../../client/vectors/phone-numbers.json", import.meta.url);
const CHECKS = fileURLToPath(new URL("in-page/checks.ts", import.meta.url));
const CLIENT = fileURLToPath(new URL("../../client/src/index.ts", import.meta.url));
/** Where the figures are put; unset: nowhere. */
const FIGURES = process.env["CONTACT_SYNC_FIGURES"];

const USER = "b2000000-0000-4000-8000-000000000013";
const FRIENDS = 20;
const PHASES = ["begin", "reading", "hashing", "sending", "saving"];

describe.runIf(hasChromium)("the client in Chromium", () => {
  const startService = useServiceProcesses();
  let browser: Browser;
  let database: TestDatabase;
  let server: Server;
  let origin = "";

  beforeAll(async () => {
    [browser, database, server] = await Promise.all([
      launchChromium(),
      createTestDatabase(newestMajor()),
      servePage(),
    ]);
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await database?.drop();
  });

  const openPage = async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(origin);
    return page;
  };

  test("every golden vector gives its hash, or its reason", async () => {
    const vectors: Vector[] = JSON.parse(await readFile(VECTORS, "utf8"));
    expect(vectors.length).toBeGreaterThan(100);
    const page = await openPage();
    expect(
      await page.evaluate<string[]>(`checks.wrongVectors(${JSON.stringify(vectors)})`),
    ).toEqual([]);
  });

  test("10,000 contacts let others run all the while, and a reload keeps the state", async () => {
    const service = await startService(database.connectionString, {
      CONTACT_SYNC_CORS_ORIGINS: origin,
    });
    const url = service.address;
    await Promise.all(Array.from({ length: FRIENDS }, (_, index) => join(url, index)));
    const token = await signToken(JWT_SECRET, {
      role: "authenticated",
      userId: USER,
      expiresInSeconds: 3600,
    });
    const page = await openPage();

    const first = await measuredSync(page, { url, token, cards: book(10_000) });
    expect(first).toMatchObject({ plan: "full", friends: FRIENDS });
    expect(Object.keys(first.longestBlockingMs)).toEqual(PHASES);
    // Of a loaded machine's times only a ratio says anything: without turns it would be near one.
    expect(first.turns).toBeGreaterThan(50);
    const longest = Math.max(...Object.values(first.longestBlockingMs));
    expect(longest).toBeLessThan(first.milliseconds / 4);

    await page.reload();
    const again = await measuredSync(page, { url, token, cards: book(10_000) });
    expect(again).toMatchObject({ plan: "nothing", friends: FRIENDS });

    await page.reload();
    const four = await measuredSync(page, { url, token, cards: book(10_004).slice(4) });
    expect(four.plan).toBe("delta");

    if (FIGURES !== undefined) {
      const figures = {
        about:
          "A book of 10,000 in headless Chromium, with the service and its database on the same machine",
        chromium: browser.version(),
        cores: cpus().length,
        first: rounded(first),
        nothing: rounded(again),
        four: rounded(four),
      };
      await writeFile(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
    }
  });
});

/** A page that does nothing by itself. */
async function servePage(): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: [CHECKS],
    alias: { "@contact-sync/client": CLIENT },
    bundle: true,
    format: "iife",
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  const server = createServer((request, response) => {
    const isScript = request.url === "/checks.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.setHeader("content-security-policy", "script-src 'self'");
    response.end(
      isScript ? script : '<!doctype html><title>checks</title><script src="/checks.js"></script>',
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

function measuredSync(page: Page, request: SyncRequest): Promise<SyncFigures> {
  return page.evaluate<SyncFigures>(`checks.measuredSync(${JSON.stringify(request)})`);
}

const national = (index: number) => `0100${String(index).padStart(7, "0")}`;

async function join(url: string, index: number): Promise<void> {
  const userId = `a1000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const response = await fetch(`${url}/api/v1/users/${userId}/phones`, {
    method: "PUT",
    headers: { authorization: `Bearer ${SERVICE_KEY}`, "content-type": "application/json" },
    // Those who stay when the first four cards go.
    body: JSON.stringify({ phoneNumber: national(100 + index), defaultRegion: "EG" }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** In the notations that people use. */
function book(size: number): DeviceContact[] {
  return Array.from({ length: size }, (_, index) => {
    const digits = national(index);
    const notations = [
      digits,
      `+2${digits}`,
      `${digits.slice(0, 4)} ${digits.slice(4, 7)} ${digits.slice(7)}`,
      `(0${digits.slice(1, 4)}) ${digits.slice(4)}`,
      `00 2${digits.replaceAll("0", "٠")}`,
    ];
    const number = notations[index % notations.length] ?? digits;
    return { id: `card ${index}`, name: `Name ${index}`, phoneNumbers: [number] };
  });
}

function rounded({ friends: _, ...figures }: SyncFigures) {
  return JSON.parse(
    JSON.stringify(figures, (_key, value) => (typeof value === "number" ? tenths(value) : value)),
  );
}

const tenths = (value: number) => Math.round(value * 10) / 10;
