// The operator's page over the service itself, on a real PostgreSQL: what is done there is shown
// here, and what is done here happens there.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext } from "playwright-core";
import { afterEach, beforeAll, expect, test } from "vitest";
import { openBook } from "../http/book.ts";
import { operatorOf } from "../http/operator.ts";
import { SERVICE_KEY, useApp } from "../http/support.ts";
import { assertDashboardBuilt } from "../support/built.ts";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { describePostgres } from "../support/postgres.ts";
import { numberOf, numbers } from "../support/use-contact-sync.ts";
import { type OpenedPage, openDashboard } from "./opened-page.ts";

assertDashboardBuilt();

describePostgres("the operator's page over the service", (server) => {
  const opened = useApp(server);
  const { data } = operatorOf(opened);
  let browser: Browser;
  let context: BrowserContext;
  let address: string;

  beforeAll(async () => {
    if (!hasChromium) return undefined;
    browser = await launchChromium();
    address = await opened().app.listen({ port: 0, host: "127.0.0.1" });
    return () => browser.close();
  });
  afterEach(() => context?.close());

  async function enter(place = "#/"): Promise<OpenedPage> {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const entered = await openDashboard(context, `${address}/dashboard#key=${SERVICE_KEY}`);
    await entered.page.locator("nav").waitFor();
    await entered.go(place);
    return entered;
  }

  const figure = ({ page }: OpenedPage, label: string) =>
    page.locator(".figure").filter({ has: page.getByText(label, { exact: true }) });

  test.runIf(hasChromium)("shows what was done, on every page", async () => {
    const [friend, book] = [randomUUID(), await openBook(opened(), 0)];
    await data("PUT", `/users/${friend}/phones`, { phoneNumber: numberOf(0) });
    const sync = (body: object) =>
      book.ask("POST", "/contacts/sync", { deviceContactsCount: 5, deviceId: "phone", ...body });
    await sync({ phoneNumbers: numbers(5), mode: "replace" });
    await sync({ phoneNumbers: [numberOf(9)], mode: "replace" });
    await opened().engine.failures.settled();

    const entered = await enter();
    const { page } = entered;
    expect(await figure(entered, "Syncs").textContent()).toContain("1 full, 0 delta");
    expect(await figure(entered, "Succeeded").textContent()).toContain("50 %");
    expect(await figure(entered, "Have an account").textContent()).toContain("20 %");
    expect(await figure(entered, "Directory").textContent()).toContain("1 numbers");
    await page.getByText("REPLACE_NEEDS_CONFIRMATION", { exact: true }).waitFor();
    for (const days of [7, 90, 365]) {
      await page.getByRole("radio", { name: `${days} days` }).check();
      const rows = page.getByRole("figure", { name: "Syncs" }).locator("tbody tr");
      await expect.poll(() => rows.count()).toBe(days);
    }
    for (const place of ["#/users", "#/suspects", "#/webhooks", "#/health", "#/settings"]) {
      await entered.go(place);
      expect(await page.getByRole("region", { name: "What is wrong" }).count()).toBe(0);
    }
    await page.getByRole("button", { name: "Estimate" }).click();
    await figure(entered, "In batches").waitFor();
    await entered.go(`#/users/${book.userId}`);
    expect(await figure(entered, "Last sync").textContent()).toContain("Failed");
    expect(await figure(entered, "Address book").textContent()).toContain("5 contacts");
    await page.getByLabel("Phone number").fill(numberOf(0));
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("They see that this number has an account.").waitFor();
    await page.getByText(friend).waitFor();
    expect(await entered.barriers("real-user")).toEqual([]);
    expect(entered.faults).toEqual([]);
    expect(entered.strangers).toEqual([]);
  });

  test.runIf(hasChromium)("exports and erases a user", async () => {
    const book = await openBook(opened(), 3);
    const entered = await enter(`#/users/${book.userId}`);
    const { page } = entered;
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export as JSON" }).click(),
    ]);
    const exported = JSON.parse(await readFile(await saved.path(), "utf8"));
    expect(exported.contacts).toHaveLength(3);
    await page.getByRole("button", { name: "Erase …" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill(book.userId);
    await page.getByRole("button", { name: "Erase for good" }).click();
    await page.getByText("The user is erased.").waitFor();
    await page.getByText("Nothing is held of this user").waitFor();
    const receipt = await page.locator(".receipt-text").textContent();
    const [, claims = ""] = String(receipt).split(".");
    expect(Buffer.from(claims, "base64url").toString()).toContain(book.userId);
    expect((await data("GET", `/users/${book.userId}/export`)).contacts).toEqual([]);
    expect(entered.faults).toEqual([]);
  });

  test.runIf(hasChromium)("releases an owner who is held", async () => {
    const book = await openBook(opened(), 1);
    await opened().pool.query(
      "update contact_sync_status set held_at = now() where owner_id = $1",
      [book.userId],
    );
    const entered = await enter("#/suspects");
    const { page } = entered;
    await page.getByRole("button", { name: `Release ${book.userId}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Release" }).click();
    await page.getByText(`${book.userId} is released`).waitFor();
    const { held_at } = await data("GET", `/admin/users/${book.userId}`);
    expect(held_at).toBeNull();
    expect(entered.faults).toEqual([]);
  });

  test.runIf(hasChromium)("sends a message again that was given up", async () => {
    const { pool } = opened();
    await pool.query("select set_webhooks(true)");
    await openBook(opened(), 2);
    await data("PUT", `/users/${randomUUID()}/phones`, { phoneNumber: numberOf(1) });
    await pool.query(
      "update contact_sync_outbox set due_at = null, set_aside_at = now(), attempts = 15, last_failure = '503'",
    );
    const entered = await enter("#/webhooks");
    const { page } = entered;
    const waiting = page.getByRole("group", { name: "Messages that wait" });
    expect(await waiting.count()).toBe(0);
    await page
      .getByRole("button", { name: /^Replay msg|^Replay [0-9a-f]/ })
      .first()
      .click();
    await page.getByText("1 message is being sent again.").waitFor();
    await waiting.waitFor();
    expect(entered.faults).toEqual([]);
  });

  test.runIf(hasChromium)("lets nobody see anything with a user's token", async () => {
    const token = await opened().userToken(randomUUID());
    context = await browser.newContext();
    const entered = await openDashboard(context, `${address}/dashboard#key=${token}`);
    await entered.page.getByText("This token may not see the service's figures").waitFor();
    expect(entered.page.url()).not.toContain(token);
  });
});
