import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { FRIEND, FRIENDS_NUMBER, OWNER } from "../../src/http/schemas/examples.ts";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { createTestDatabase, newestMajor } from "../support/postgres.ts";
import { type OpenApp, openApp, SERVICE_KEY } from "./support.ts";

const OTHERS = /swagger|smartbear|fastify/i;

describe.runIf(hasChromium)("in a browser", () => {
  let browser: Browser;
  let opened: OpenApp;
  let address: string;
  let page: Page;
  const complaints: string[] = [];
  const hosts = new Set<string>();

  beforeAll(async () => {
    const database = await createTestDatabase(newestMajor());
    opened = await openApp(database);
    address = await opened.app.listen({ port: 0, host: "127.0.0.1" });
    browser = await launchChromium();
    return async () => {
      await browser.close();
      await opened.close();
      await database.drop();
    };
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints.splice(0)).toEqual([]);
    expect([...hosts]).toEqual([new URL(address).host]);
  });

  async function open(path: string, { width = 900 } = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 844 } });
    page = await context.newPage();
    await page.addInitScript(
      `addEventListener("securitypolicyviolation", (event) => console.error("refused by " + event.violatedDirective));`,
    );
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith("http")) hosts.add(host);
    });
    await page.goto(address + path);
    return page;
  }

  const isWiderThanScreen = () =>
    page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");

  test.each([900, 390])("/ is in nobody's way, at a width of %d", async (width) => {
    await open("/", { width });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [colorScheme, id, nodes[0]?.html])).toEqual([]);
      expect(await isWiderThanScreen()).toBe(false);
    }
    await page.getByRole("link", { name: /^API/ }).click();
    await page.locator(".opblock-tag").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/docs");
  });

  test.each(["/docs", "/docs/"])("%s bears our name and nobody else's", async (path) => {
    await open(path);
    await page.locator(".opblock-tag").first().waitFor();
    expect(await page.title()).toBe("contact-sync: the API");
    const text = await page.locator("body").innerText();
    expect(text).toContain("contact-sync");
    expect(text).not.toMatch(OTHERS);
    expect(await page.locator("img").count()).toBe(0);
    const tags = await page
      .locator(".opblock-tag")
      .evaluateAll((all) => all.map((one) => one.getAttribute("data-tag")));
    expect(tags).toEqual([
      "sync",
      "changes",
      "contacts",
      "consent",
      "on behalf",
      "directory",
      "operation",
    ]);
    const ids = await page.locator(".opblock").evaluateAll((all) => all.map(({ id }) => id));
    const deletes = ["unmarkFavorite", "deleteContact", "deleteAllContacts"];
    expect(ids.filter((id) => id.startsWith("operations-contacts-")).slice(-3)).toEqual(
      deletes.map((id) => `operations-contacts-${id}`),
    );
  });

  test("/docs fits a phone", async () => {
    await open("/docs", { width: 390 });
    await page.locator(".opblock-tag").first().waitFor();
    expect(await isWiderThanScreen()).toBe(false);
  });

  /** Opens an operation, sends its example, and gives the answer's status and body. */
  async function tryOut(operationId: string): Promise<{ status: number; body: string }> {
    const block = page.locator(`.opblock[id$="-${operationId}"]`);
    await block.locator(".opblock-summary-control").click();
    await block.locator("button.execute").click();
    const answer = block.locator(".live-responses-table .response");
    await answer.waitFor();
    return {
      status: Number.parseInt(await answer.locator(".response-col_status").innerText(), 10),
      body: await answer.locator(".highlight-code").first().innerText(),
    };
  }

  test("/docs tries out what it shows, a delta with the token that the sync has answered", async () => {
    await opened.request({
      method: "PUT",
      url: `/api/v1/users/${FRIEND}/phones`,
      token: SERVICE_KEY,
      body: { phoneNumber: FRIENDS_NUMBER },
    });
    const user = await opened.userToken(OWNER);
    await open(`/docs#user=${user}&service=${SERVICE_KEY}`);
    await page.locator(".opblock-tag").first().waitFor();
    // A token has no place in a browser's history.
    expect(page.url()).toBe(`${address}/docs`);
    const sync = await tryOut("syncContacts");
    expect(sync.status).toBe(200);
    expect(sync.body).toContain(FRIEND);
    expect((await tryOut("syncDelta")).status).toBe(200);
    expect((await tryOut("linkPhone")).status).toBe(200);
  });

  test("/docs keeps tokens over a reload", async () => {
    await open("/docs");
    await page.locator("button.authorize").first().click();
    const fields = page.locator(".auth-container input");
    await fields.nth(0).fill(await opened.userToken(OWNER));
    await page.locator(".auth-btn-wrapper button[type=submit]").first().click();
    await page.locator("button.btn-done").first().click();
    await page.reload();
    await page.locator(".opblock-tag").first().waitFor();
    expect((await tryOut("getSyncStatus")).status).toBe(200);
  });
});
