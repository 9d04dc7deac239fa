import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Example, startExample } from "../../../examples/browser/example.js";
import { JWT_SECRET } from "../../http/support.ts";
import { assertBuilt } from "../../support/built.ts";
import { hasChromium, launchChromium } from "../../support/chromium.ts";
import { TEST_KEY } from "../../support/open-contact-sync.ts";
import { createTestDatabase, newestMajor, type TestDatabase } from "../../support/postgres.ts";
import { type ExamplePage, openPage } from "./example-page.ts";

assertBuilt();

const BOOK = await readFile(
  new URL("../../../examples/address-book/contacts.vcf", import.meta.url),
  "utf8",
);
const WHOLE = { name: "contacts.vcf", text: BOOK };
const CARDS = BOOK.split(/(?=BEGIN:VCARD)/);
/** Some of its cards, as a file of their own. */
const part = (from: number, to: number) => ({
  name: "some.vcf",
  text: CARDS.slice(from, to).join(""),
});

const NAMES = [...BOOK.matchAll(/^FN:(.+)$/gm)].map(([, name = ""]) => name.trim());

const FULL = "POST /contacts/sync";
const DELTA = "POST /contacts/sync/delta";
const HERE = /^\d+ friends? (?:is|are) here$/;

describe.runIf(hasChromium)("the page of examples/browser", () => {
  let browser: Browser;
  let database: TestDatabase;
  let example: Example;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    database = await createTestDatabase(newestMajor());
    [browser, example] = await Promise.all([launchChromium(), start(database)]);
    return async () => {
      await browser.close();
      await example.stop();
      await database.drop();
    };
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await emptyBook(example);
  });

  /** A browser that was never here before. */
  async function newContext(): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 900, height: 844 } });
    contexts.push(context);
    return context;
  }
  const newPage = async (options: Parameters<typeof openPage>[2] = {}) =>
    openPage(await newContext(), example.page, options);
  const found = async ({ page }: ExamplePage) => {
    await page.locator("#friends-title", { hasText: HERE }).waitFor();
    return page.locator("#friends-title").textContent();
  };
  /** What is in the way of somebody who sees or works otherwise, in light and in dark. */
  const barriers = async ({ page }: ExamplePage) => {
    const found: string[] = [];
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, nodes } of violations) {
        found.push(...nodes.map(({ html }) => `${colorScheme}: ${id}: ${html}`));
      }
    }
    return found;
  };

  test("explains before it asks, and asks the service for nothing", async () => {
    const opened = await newPage();
    await opened.picture("1-explanation");
    expect(await opened.page.locator("#choose").textContent()).toContain(
      "Names stay on this device",
    );
    expect(await opened.page.locator("#pick").isVisible()).toBe(false);
    expect(opened.asked()).toEqual([]);
    expect(await barriers(opened)).toEqual([]);
    expect(opened.faults).toEqual([]);
  });

  test("a file: friends by their names, invitations, and nothing but hashes is sent", async () => {
    const opened = await newPage();
    const { page } = opened;
    await opened.open(WHOLE);
    expect(await found(opened)).toBe("55 friends are here");
    await opened.picture("3-friends");
    expect(await page.locator("#friends-list li").first().textContent()).toContain("Amelia Marsh");
    expect(await page.locator("#invites-title").textContent()).toMatch(
      /^\d+ contacts are not here/,
    );
    expect(await page.getByRole("status").textContent()).toBe("55 friends are here.");
    expect(opened.asked()).toEqual([FULL]);
    const [body = ""] = opened.sent();
    const { phoneHashes } = JSON.parse(body) as { phoneHashes: string[] };
    expect(phoneHashes.filter((hash) => !/^[0-9a-f]{32}$/.test(hash))).toEqual([]);
    expect(NAMES.filter((name) => body.includes(name))).toEqual([]);
    await page.locator("#friends-more").click();
    expect(await page.locator("#friends-list li").count()).toBe(55);
    expect(await barriers(opened)).toEqual([]);
    expect(opened.faults).toEqual([]);
  });

  test("somebody joins: their name is said on refresh, once, and a delta is all it takes", async () => {
    const opened = await newPage();
    const { page } = opened;
    await opened.open(WHOLE);
    await found(opened);
    expect(await example.join()).toBe(true);
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.locator("#news h2").waitFor();
    await opened.picture("4-is-here-now");
    const [sentence] = await page.locator("#news h2").allTextContents();
    expect(sentence).toMatch(/^\u2068.+\u2069 is here now$/);
    expect(await page.getByRole("status").textContent()).toBe(sentence);
    expect(await found(opened)).toBe("56 friends are here");
    expect(opened.asked()).toEqual([FULL, DELTA]);
    expect(await barriers(opened)).toEqual([]);
    await page.locator("#news button").click();
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect.poll(() => opened.asked().length).toBe(3);
    await page.locator("#choose").waitFor();
    expect(await page.locator("#news h2").count()).toBe(0);
  });

  test("after a reload the state is there: no full sync, and names come with the file", async () => {
    const opened = await newPage();
    const { page } = opened;
    await opened.open(WHOLE);
    const before = await found(opened);
    await page.reload();
    await page.locator("#choose-title", { hasText: "Welcome back" }).waitFor();
    await opened.picture("5-after-a-reload");
    expect(await page.locator("#choose-words").textContent()).toMatch(
      /^56 of your contacts are here/,
    );
    await opened.open(WHOLE);
    expect(await found(opened)).toBe(before);
    expect(await page.locator("#friends-list li").first().textContent()).toContain("Amelia Marsh");
    expect(opened.asked().filter((request) => request === FULL)).toHaveLength(1);
    expect(opened.faults).toEqual([]);
  });

  test("offline: the friends of last time stay, and it goes on afterwards", async () => {
    const opened = await newPage();
    const { page } = opened;
    await opened.open(WHOLE);
    await found(opened);
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.locator("#notices h2", { hasText: "You are offline" }).waitFor();
    await opened.picture("6-offline");
    expect(await found(opened)).toBe("56 friends are here");
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("#notices h2").waitFor({ state: "detached" });
    expect(await found(opened)).toBe("56 friends are here");
  });

  test("two tabs share what they know: one of them asks for the whole", async () => {
    const context = await newContext();
    const tabs = [await openPage(context, example.page), await openPage(context, example.page)];
    await Promise.all(tabs.map((tab) => tab.open(WHOLE)));
    for (const tab of tabs) expect(await found(tab)).toBe("56 friends are here");
    const asked = tabs.flatMap((tab) => tab.asked());
    expect(asked.filter((request) => request === FULL)).toHaveLength(1);
  });

  test("the picker: what was chosen is a part of the book, and no device's", async () => {
    const contacts = [
      { name: ["Amelia Marsh"], tel: ["+44 7700 900020"] },
      { name: ["Nobody"], tel: ["+44 7700 900999"] },
      { name: ["No number"], tel: [] },
    ];
    const opened = await newPage({ contacts });
    const { page } = opened;
    await opened.picture("2-picker");
    await page.getByRole("button", { name: "Choose contacts" }).click();
    expect(await found(opened)).toBe("1 friend is here");
    await opened.picture("7-picked");
    expect(await page.locator("#notices h2").textContent()).toBe("You shared 3 contacts");
    const sync = opened.asked().indexOf(FULL);
    const body = JSON.parse(opened.sent()[sync] ?? "");
    expect(body).toMatchObject({ mode: "merge" });
    expect(body).not.toHaveProperty("deviceId");
    expect(await barriers(opened)).toEqual([]);
    expect(opened.faults).toEqual([]);
  });

  test("lines that can't be read are told, and the file counts as a part", async () => {
    const opened = await newPage();
    const { page } = opened;
    const text =
      "name,phone\nAmelia,+44 7700 900020\nbroken\nBakery,112\nKarim,0100 000 0000 1 2\n";
    await opened.open({ name: "contacts.csv", text });
    expect(await found(opened)).toBe("1 friend is here");
    for (const summary of await page.locator("summary").all()) await summary.click();
    await opened.picture("8-not-all-read");
    expect(await page.locator("#imported").textContent()).toContain("Line 3");
    expect(await page.locator("#rejected").textContent()).toContain("Bakery");
    expect(await page.locator("#notices").textContent()).toContain("contacts");
    await opened.open({ name: "letter.txt", text: "Dear Sir or Madam" });
    await page.locator("#imported .alert").waitFor();
    await opened.picture("9-no-contacts");
    expect(await page.locator("#imported").textContent()).toContain("There is no phone number");
    expect(opened.faults).toEqual([]);
  });

  test("where most of the book is gone, it asks, and removes only what is meant", async () => {
    const opened = await newPage();
    const { page } = opened;
    await opened.open(WHOLE);
    await found(opened);
    await opened.open(part(1, 30));
    await page.locator("#notices .alert").waitFor();
    await opened.picture("10-removal");
    expect(await page.locator("#notices h2").textContent()).toMatch(
      /^Have \d+ of your \d+ contacts been deleted\?$/,
    );
    await page.getByRole("button", { name: "Leave it as it is" }).click();
    expect(await page.locator("#notices h2").count()).toBe(0);
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("button", { name: "Yes, remove them" }).click();
    await page.locator("#notices .alert").waitFor({ state: "detached" });
    await page.locator("#choose").waitFor();
    expect(await page.locator("#notices h2").count()).toBe(0);
    expect(opened.faults).toEqual([]);
  });

  test("a failure is told with what to do, and can be tried again", async () => {
    const opened = await newPage();
    const { page } = opened;
    await page.route("**/api/v1/**", (route) =>
      route.fulfill({
        status: 403,
        headers: { "access-control-allow-origin": example.page },
        contentType: "application/problem+json",
        body: JSON.stringify({ success: false, code: "NOT_ALLOWED", message: "NOT_ALLOWED: no" }),
      }),
    );
    await opened.open(WHOLE);
    await page.locator("#notices .alert").waitFor();
    await opened.picture("11-failure");
    expect(await page.locator("#notices").textContent()).toContain("NOT_ALLOWED");
    await page.unroute("**/api/v1/**");
    await opened.open(WHOLE);
    expect(await found(opened)).toBe("56 friends are here");
    expect(await page.locator("#notices h2").count()).toBe(0);
  });

  test("while it looks, it says so, and can be ended", async () => {
    const opened = await newPage();
    const { page } = opened;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/api/v1/contacts/sync", async (route) => {
      await released;
      await route.continue().catch(() => {});
    });
    await opened.open(WHOLE);
    await page.locator("#progress-words", { hasText: "Looking who is here" }).waitFor();
    await opened.picture("12-progress");
    expect(await barriers(opened)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator("#choose").waitFor();
    release();
    expect(await page.locator("#notices h2").count()).toBe(0);
  });

  test("by keyboard alone: the file, the list, the question, the answer", async () => {
    const opened = await newPage();
    const { page } = opened;
    const focused = () => page.evaluate<string>("document.activeElement.id");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("file");
    await opened.open(WHOLE);
    await found(opened);
    expect(await focused()).toBe("top");
    for (let tabs = 0; (await focused()) !== "forget"; tabs += 1) {
      expect(tabs).toBeLessThan(60);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.locator("#sure[open]").waitFor();
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("forget");
    expect(await found(opened)).toBe("56 friends are here");
  });

  test("forgetting leaves nothing, in the browser and on the service", async () => {
    const opened = await newPage();
    const { page } = opened;
    await opened.open(WHOLE);
    await found(opened);
    await page.getByRole("button", { name: "Forget my contacts" }).click();
    await page.locator("#sure[open]").waitFor();
    await opened.picture("13-sure");
    expect(await barriers(opened)).toEqual([]);
    await page.getByRole("button", { name: "Forget them" }).click();
    await page.locator("#choose-title", { hasText: "Forgotten" }).waitFor();
    await opened.picture("14-forgotten");
    expect(opened.asked().at(-1)).toMatch(/^DELETE \/contacts\/devices\//);
    expect(await page.locator("#friends-list li").count()).toBe(0);
    expect(await storedTexts(page)).toEqual([]);
    expect(opened.faults).toEqual([]);
  });
});

describe.runIf(hasChromium)("the page, with room for few new numbers", () => {
  let browser: Browser;
  let database: TestDatabase;
  let example: Example;

  beforeAll(async () => {
    database = await createTestDatabase(newestMajor());
    const few = { CONTACT_SYNC_NEW_NUMBER_BURST: "200", CONTACT_SYNC_NEW_NUMBERS_PER_DAY: "200" };
    [browser, example] = await Promise.all([launchChromium(), start(database, few)]);
  });
  afterAll(async () => {
    await browser?.close();
    await example?.stop();
    await database?.drop();
  });

  test("what has no room waits, and says until when", async () => {
    const context = await browser.newContext({ viewport: { width: 900, height: 844 } });
    const opened = await openPage(context, example.page);
    await opened.open(WHOLE);
    await opened.page.locator("#notices h2", { hasText: /numbers have to wait$/ }).waitFor();
    await opened.picture("15-waiting");
    expect(await opened.page.locator("#notices").textContent()).toMatch(/can follow in \d+ hours/);
    expect(await opened.page.locator("#friends-list li").count()).toBeGreaterThan(0);
    expect(opened.faults).toEqual([]);
  });
});

function start(database: TestDatabase, environment: Record<string, string> = {}): Promise<Example> {
  return startExample({
    environment: {
      DATABASE_URL: database.connectionString,
      CONTACT_SYNC_KEY: TEST_KEY,
      CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
      CONTACT_SYNC_RATE_LIMIT_PER_OWNER: "0",
      CONTACT_SYNC_RATE_LIMIT_PER_ADDRESS: "0",
      HOST: "127.0.0.1",
      PORT: "0",
      ...environment,
    },
  });
}

/** Of all devices that the tests before have had. */
async function emptyBook({ page, service }: Example): Promise<void> {
  const { token } = (await (await fetch(`${page}/token`)).json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  await fetch(`${service}/api/v1/contacts`, { method: "DELETE", headers });
}

/** Names of all that the page's databases hold. Runs in the page, whose types are not those of Node. */
function storedTexts(page: ExamplePage["page"]): Promise<string[]> {
  return page.evaluate<string[]>(`(async () => {
    const answered = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const names = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await answered(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        names.push(...(await answered(database.transaction(store).objectStore(store).getAllKeys())));
      }
      database.close();
    }
    return names.map(String);
  })()`);
}
