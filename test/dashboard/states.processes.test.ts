// Each state of the operator's page, in a real browser, over an API that can be brought into all of
// them. What it asks of the real service: real-service.processes.test.ts.
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { Browser, BrowserContext } from "playwright-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { assertDashboardBuilt } from "../support/built.ts";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { HELD_ID, ODD_ID } from "./invented.ts";
import { type InventedService, KEY, NOW, startInventedService } from "./invented-service.ts";
import { type OpenedPage, openDashboard } from "./opened-page.ts";

assertDashboardBuilt();

const PLACES = {
  overview: "#/",
  users: "#/users",
  user: `#/users/${encodeURIComponent(ODD_ID)}`,
  suspects: "#/suspects",
  webhooks: "#/webhooks",
  health: "#/health",
  settings: "#/settings",
};

/** What is asked of a canvas. */
interface Drawn {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

describe.runIf(hasChromium)("the operator's page", () => {
  let browser: Browser;
  let service: InventedService;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await launchChromium();
    return () => browser.close();
  });
  afterEach(async () => {
    await context.close();
    await service.stop();
  });

  interface Setting {
    readonly set?: Partial<InventedService>;
    /** The page's clock stands still, or goes on. */
    readonly clock?: "still" | "real";
  }

  /** The page in a browser that was never here, at a service that nobody has touched. */
  async function open(hash = "", { set = {}, clock = "still" }: Setting = {}) {
    service = Object.assign(await startInventedService(), set);
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const address = `${service.address}/dashboard${hash}`;
    return openDashboard(context, address, clock === "still" ? NOW : undefined);
  }

  /** Signed in by such a link as the demo prints, at one of the pages. */
  async function enter(place: keyof typeof PLACES = "overview", setting: Setting = {}) {
    const opened = await open(`#key=${encodeURIComponent(KEY)}`, setting);
    await opened.page.locator("nav").waitFor();
    await go(opened, place);
    return opened;
  }

  const go = (opened: OpenedPage, place: keyof typeof PLACES) => opened.go(PLACES[place]);

  /** Lists that take their time: what is done must not be told beside one that does not know it. */
  const delayLists = ({ page }: OpenedPage) =>
    page.route(/\/admin\/(?:suspects|webhooks)\?/, async (route) => {
      await setTimeout(500);
      await route.continue();
    });

  const button = ({ page }: OpenedPage, name: string | RegExp) =>
    page.getByRole("button", { name });
  const stored = ({ page }: OpenedPage) =>
    page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage }) + document.cookie");

  async function signIn(opened: OpenedPage, key: string) {
    await opened.page.getByLabel("Service key or token").fill(key);
    await button(opened, "Sign in").click();
  }

  test("shows everything without a barrier, a refusal of the policy, or another host", async () => {
    const opened = await enter();
    for (const place of Object.keys(PLACES) as (keyof typeof PLACES)[]) {
      await go(opened, place);
      expect(await opened.barriers(place)).toEqual([]);
    }
    expect(opened.faults).toEqual([]);
    expect(opened.strangers).toEqual([]);
  });

  test("says of what is empty what it means", async () => {
    const opened = await enter("overview", { set: { isEmpty: true } });
    const { page } = opened;
    await page.getByText("Nobody has synced today").waitFor();
    await page.getByText("No sync has failed in this time").waitFor();
    expect(await opened.barriers("empty-overview")).toEqual([]);
    await go(opened, "suspects");
    await page.getByText("nobody is held").waitFor();
    expect(await opened.barriers("empty-suspects")).toEqual([]);
    await go(opened, "webhooks");
    await page.getByText("Links are not announced").waitFor();
    expect(await opened.barriers("empty-webhooks")).toEqual([]);
    await go(opened, "health");
    await page.getByText("as it should be").waitFor();
    expect(await opened.barriers("empty-health")).toEqual([]);
    await opened.go("#/users/nobody");
    await page.getByText("Nothing is held of this user").waitFor();
    expect(await opened.barriers("empty-user")).toEqual([]);
    await opened.go("#/nowhere");
    await page.getByText("There is no such page").waitFor();
    expect(opened.faults).toEqual([]);
  });

  describe("signing in", () => {
    test("takes a service key, and refuses others with what to do", async () => {
      const opened = await open();
      const { page } = opened;
      expect(await opened.barriers("sign-in")).toEqual([]);
      expect(await page.locator("#key").getAttribute("type")).toBe("password");
      await signIn(opened, "a wrong key");
      await page.getByText("The key or token is not accepted").waitFor();
      expect(await opened.barriers("sign-in-refused")).toEqual([]);
      await signIn(opened, "a-users-token");
      await page.getByText("This token may not see the service's figures").waitFor();
      await signIn(opened, KEY);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      expect(page.url()).not.toContain("key");
    });

    test("keeps the key in memory alone", async () => {
      const opened = await open();
      await signIn(opened, KEY);
      await opened.page.getByRole("heading", { name: "Overview" }).waitFor();
      expect(await stored(opened)).toBe("{}");
      await opened.page.reload();
      await opened.page.getByLabel("Service key or token").waitFor();
    });

    test("keeps it in the tab where that is asked for, until one signs out", async () => {
      const opened = await open();
      const { page } = opened;
      await page.getByLabel("Keep it in this tab").check();
      await signIn(opened, KEY);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      expect(await stored(opened)).toContain(KEY);
      await page.reload();
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      await go(opened, "settings");
      await page.getByLabel("Keep the key in this tab").uncheck();
      expect(await stored(opened)).toBe("{}");
      await page.getByLabel("Keep the key in this tab").check();
      expect(await stored(opened)).toContain(KEY);
      await button(opened, "Sign out").click();
      await page.getByLabel("Service key or token").waitFor();
      expect(await stored(opened)).toBe("{}");
    });

    test("by a link takes the key out of the address, and out of the history", async () => {
      const opened = await enter();
      const { page } = opened;
      expect(page.url()).toBe(`${service.address}/dashboard/#/`);
      await go(opened, "settings");
      expect(await stored(opened)).toBe("{}");
      await page.goBack();
      expect(page.url()).toBe(`${service.address}/dashboard/#/`);
      // Before that there is the empty page that the browser began with.
      await page.goBack();
      expect(page.url()).toBe("about:blank");
    });

    test("by a link with a token that has expired says so, and offers the form", async () => {
      const opened = await open("#key=expired-token");
      await opened.page.getByText("The key or token is not accepted").waitFor();
      expect(opened.page.url()).not.toContain("expired-token");
      await signIn(opened, KEY);
      await opened.page.getByRole("heading", { name: "Overview" }).waitFor();
    });

    test("is asked for again where the token expires, and goes on at the same page", async () => {
      const opened = await enter("suspects", { clock: "real" });
      service.trouble = "expired";
      await opened.page.getByLabel("Score from").selectOption("60");
      await opened.page.getByText("The key or token is not accepted").waitFor();
      service.trouble = "none";
      await signIn(opened, KEY);
      await opened.page.getByRole("heading", { name: "Suspects" }).waitFor();
      expect(opened.faults).toEqual([]);
    });
  });

  describe("what goes wrong", () => {
    test.each([
      ["away", "", "DATABASE_UNAVAILABLE"],
      ["silent", "The service does not answer", ""],
      ["proxy", "Something else than the service answered (502)", ""],
      ["fault", "", "INTERNAL"],
    ] as const)("%s: keeps the last figures, says since when, and goes on", async (trouble, title, code) => {
      const opened = await enter("overview", { clock: "real" });
      const { page } = opened;
      await page.getByText("64,210 owners").waitFor();
      service.trouble = trouble;
      // Paused and told to go on, it asks at once.
      await button(opened, "Pause").click();
      await button(opened, "Go on").click();
      const wrong = page.getByRole("region", { name: "What is wrong" });
      await wrong.waitFor();
      await wrong.getByText(/What you see is as it was at \d\d:\d\d:\d\d/).waitFor();
      if (code !== "") await wrong.getByText(code, { exact: true }).waitFor();
      else await wrong.getByText(title).waitFor();
      if (trouble === "silent") await wrong.getByText("tries again by itself").waitFor();
      if (trouble === "away") await wrong.getByText("asks to wait for 2 s").waitFor();
      await page.getByText("64,210 owners").waitFor();
      expect(await page.getByRole("status").first().textContent()).not.toBe("");
      expect(await opened.barriers(`stale-${trouble}`)).toEqual([]);
      service.trouble = "none";
      await button(opened, "Try again").click();
      await wrong.waitFor({ state: "detached" });
      expect(opened.faults).toEqual([]);
    });

    test("nothing known yet: says what is wrong once, and goes on by itself", async () => {
      const opened = await enter("overview", { clock: "real" });
      const { page } = opened;
      service.trouble = "away";
      await go(opened, "settings");
      await page.getByText("Not known: the service did not answer").waitFor();
      expect(await page.locator(".failure").count()).toBe(1);
      expect(await opened.barriers("unknown-settings")).toEqual([]);
      await page.getByLabel("Ask the service again").selectOption("10");
      service.trouble = "none";
      await page.getByText("New numbers, of one owner").waitFor();
    });

    test("offline: says so, and goes on when the network is there again", async () => {
      const opened = await enter("overview", { clock: "real" });
      const { page } = opened;
      await page.getByText("64,210 owners").waitFor();
      await context.setOffline(true);
      await button(opened, "Pause").click();
      await button(opened, "Go on").click();
      await page.getByText("This device is offline").first().waitFor();
      expect(await opened.barriers("offline")).toEqual([]);
      await context.setOffline(false);
      await page.getByText("This device is offline").first().waitFor({ state: "detached" });
    });

    test("signing in while the database is away says that it is, and not that the key is wrong", async () => {
      const opened = await open("", { set: { trouble: "away" } });
      await signIn(opened, KEY);
      await opened.page.getByText("DATABASE_UNAVAILABLE").waitFor();
      expect(await opened.barriers("sign-in-away")).toEqual([]);
    });
  });

  describe("asking again", () => {
    const overviews = () => service.asked.filter((asked) => asked === "GET admin/overview").length;
    /** The page's timers go on as they are told. */
    async function enterByHand() {
      const opened = await open("", { clock: "real" });
      const { page } = opened;
      await page.clock.install({ time: NOW });
      await page.goto(`${service.address}/dashboard#key=${encodeURIComponent(KEY)}`);
      await page.reload();
      await signIn(opened, KEY);
      await page.getByText("64,210 owners").waitFor();
      return opened;
    }

    test("happens as often as is set, and not while it is paused", async () => {
      const opened = await enterByHand();
      const { page } = opened;
      let before = overviews();
      await page.clock.runFor(31_000);
      await expect.poll(overviews).toBe(before + 1);
      await page.getByLabel("Ask the service again").selectOption("300");
      before = overviews();
      await page.clock.runFor(200_000);
      await page.clock.runFor(101_000);
      await expect.poll(overviews).toBe(before + 1);
      await button(opened, "Pause").click();
      await page.getByText("Paused").waitFor();
      before = overviews();
      await page.clock.runFor(900_000);
      await go(opened, "settings");
      expect(overviews()).toBe(before);
    });

    test("stops while nobody sees the page, and happens at once when somebody does", async () => {
      const opened = await enterByHand();
      const { page } = opened;
      const hide = (hidden: boolean) =>
        page.evaluate(`Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"))`);
      await hide(true);
      const before = overviews();
      await page.clock.runFor(900_000);
      expect(overviews()).toBe(before);
      await hide(false);
      await expect.poll(overviews).toBe(before + 1);
    });

    test("waits as long as the service asks", async () => {
      const opened = await enterByHand();
      const { page } = opened;
      service.trouble = "away";
      service.retryAfterSeconds = 100;
      await page.clock.runFor(31_000);
      await page.getByText("asks to wait for 1 min 40 s").first().waitFor();
      await expect.poll(() => service.missed).toContain("/api/v1/admin/overview");
      service.trouble = "none";
      const before = overviews();
      await page.clock.runFor(61_000);
      expect(overviews()).toBe(before);
      await page.clock.runFor(61_000);
      await expect.poll(overviews).toBe(before + 1);
    });
  });

  describe("the charts", () => {
    test("go back as far as one likes, and have a table with every figure", async () => {
      const opened = await enter();
      const { page } = opened;
      await page.getByRole("radio", { name: "365 days" }).check();
      await expect.poll(() => service.asked).toContain("GET admin/history?days=365");
      await page.locator(".loading").first().waitFor({ state: "detached" });
      const chart = page.getByRole("figure", { name: "Syncs" });
      expect(await chart.getByRole("img").getAttribute("aria-label")).toMatch(
        /^Syncs, a day, over 365 days\. In all: Full: [\d,]+; Delta: [\d,]+; Nothing changed: [\d,]+; Failed: [\d,]+\./,
      );
      await chart.locator("summary").click();
      expect(await chart.locator("tbody tr").count()).toBe(365);
      expect(await chart.locator("thead").textContent()).toBe(
        "Day (UTC)FullDeltaNothing changedFailed",
      );
      expect(await chart.locator("tbody tr").first().textContent()).toMatch(/^2026-11-27/);
      await page.getByRole("radio", { name: "7 days" }).check();
      await expect.poll(() => chart.locator("tbody tr").count()).toBe(7);
      expect(await opened.barriers("week")).toEqual([]);
    });

    test("show the one day of a service that is new", async () => {
      const opened = await enter("overview", { set: { isNew: true } });
      const { page } = opened;
      for (const name of ["Syncs", "Succeeded", "Duration", "Directory"]) {
        const canvas = page.getByRole("figure", { name }).locator("canvas");
        await canvas.waitFor();
        // Of grid and words the colours are grey.
        const coloured = () =>
          canvas.evaluate((place) => {
            const { width, height, getContext } = place as unknown as Drawn;
            const { data } = getContext.call(place, "2d").getImageData(0, 0, width, height);
            let count = 0;
            for (let at = 0; at < data.length; at += 4) {
              const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4);
              const hue = Math.max(red, green, blue) - Math.min(red, green, blue);
              if (alpha > 100 && hue > 40) count += 1;
            }
            return count;
          });
        await expect.poll(coloured, { message: name }).toBeGreaterThan(5);
      }
    });

    test("say the figures of the day that is pointed at", async () => {
      const opened = await enter();
      const { page } = opened;
      const chart = page.getByRole("figure", { name: "Syncs" });
      await chart.locator(".when", { hasText: "In all" }).waitFor();
      await chart.locator(".u-over").hover();
      await chart.locator(".when", { hasText: /^[A-Z]\w\w, \d+ Nov 2026$/ }).waitFor();
      await page.getByRole("heading", { name: "Overview" }).hover();
      await chart.locator(".when", { hasText: "In all" }).waitFor();
    });

    test("go on with the theme", async () => {
      const opened = await enter();
      const { page } = opened;
      const colours = async (colorScheme: "light" | "dark") => {
        await page.emulateMedia({ colorScheme });
        const find = `(() => {
          const canvas = document.querySelector(".chart canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const found = new Set();
          for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) found.add([...data.slice(at, at + 3)].join());
          return [...found].join(" ");
        })()`;
        await expect
          .poll(() => page.evaluate(find))
          .toContain({ light: "74,127,212", dark: "130,170,242" }[colorScheme]);
      };
      await colours("light");
      await colours("dark");
    });
  });

  describe("what the operator does", () => {
    test("release asks once more, releases, and says so", async () => {
      const opened = await enter("suspects");
      const { page } = opened;
      await button(opened, /^Release/).click();
      await delayLists(opened);
      const dialog = page.getByRole("dialog", { name: "Release this owner?" });
      expect(await opened.barriers("release")).toEqual([]);
      await dialog.getByRole("button", { name: "Cancel" }).click();
      expect(service.asked.filter((asked) => asked.includes("release"))).toEqual([]);
      await button(opened, /^Release/).click();
      await dialog.getByRole("button", { name: "Release" }).click();
      await page.getByText(`${HELD_ID} is released`).waitFor();
      expect(service.asked).toContain(`POST admin/suspects/${HELD_ID}/release`);
      expect(await button(opened, /^Release/).count()).toBe(0);
      expect(await opened.barriers("released")).toEqual([]);
      expect(opened.faults).toEqual([]);
    });

    test("a deed that fails says why, and leaves the dialog", async () => {
      const opened = await enter("suspects", { clock: "real" });
      await button(opened, /^Release/).click();
      service.trouble = "away";
      const dialog = opened.page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Release" }).click();
      await dialog.getByText("DATABASE_UNAVAILABLE").waitFor();
      expect(await opened.barriers("release-failed")).toEqual([]);
      service.trouble = "silent";
      await dialog.getByRole("button", { name: "Release" }).click();
      // Nothing is done again by itself but what the page asks.
      await dialog.getByText("Then try again.").waitFor();
      expect(await dialog.textContent()).not.toContain("by itself");
      service.trouble = "none";
      await dialog.getByRole("button", { name: "Release" }).click();
      await dialog.waitFor({ state: "detached" });
    });

    test("replay sends one message, or all that were given up", async () => {
      const opened = await enter("webhooks");
      const { page } = opened;
      const rows = page
        .getByRole("group", { name: "Messages that were given up" })
        .locator("tbody tr");
      expect(await rows.count()).toBe(2);
      await delayLists(opened);
      await rows.first().getByRole("button").click();
      await page.getByText("1 message is being sent again.").waitFor();
      expect(await rows.count()).toBe(1);
      await button(opened, "Replay all").click();
      await page.getByText("No message was given up.").waitFor();
      expect(service.asked.filter((asked) => asked.startsWith("POST"))).toEqual([
        'POST admin/webhooks/replay {"message_ids":["msg_019361f7a2c41e8b9"]}',
        "POST admin/webhooks/replay {}",
      ]);
      expect(opened.faults).toEqual([]);
    });

    test("a user is found by any text", async () => {
      const opened = await enter("users");
      const { page } = opened;
      await page.getByLabel("User id").fill(`  ${ODD_ID} `);
      await button(opened, "Look up").click();
      await page.getByText("19,640").waitFor();
      const asked = `GET admin/users/${encodeURIComponent(ODD_ID)}`;
      expect(service.asked).toContain(asked);
      await page.getByRole("link", { name: "Look another up" }).click();
      await page.getByRole("link", { name: ODD_ID }).click();
      await page.getByText("19,640").waitFor();
      expect(service.asked.filter((one) => one === asked).length).toBeGreaterThan(1);
    });

    test("a user is found, and erased, by the longest id, and by one that can't be typed", async () => {
      const opened = await enter("users");
      const { page } = opened;
      const longest = "🧕".repeat(255);
      await page.getByLabel("User id").fill(longest);
      await button(opened, "Look up").click();
      await button(opened, "Erase …").waitFor();
      await expect
        .poll(() => service.asked)
        .toContain(`GET admin/users/${encodeURIComponent(longest)}`);
      const hidden = " two\nlines\u001b ";
      await opened.go(`#/users/${encodeURIComponent(hidden)}`);
      expect(service.asked).toContain(`GET admin/users/${encodeURIComponent(hidden)}`);
      await button(opened, "Erase …").click();
      const dialog = page.getByRole("dialog");
      const sure = dialog.getByRole("button", { name: "Erase for good" });
      await dialog.getByRole("textbox").fill("two");
      expect(await sure.isDisabled()).toBe(true);
      await dialog.getByRole("textbox").fill("two lines");
      await sure.click();
      await dialog.waitFor({ state: "detached" });
      expect(service.asked).toContain(`DELETE users/${encodeURIComponent(hidden)}`);
    });

    test("why somebody is not seen: the reason, and nothing of the number in the address", async () => {
      const opened = await enter("user");
      const { page } = opened;
      await page.getByLabel("Phone number").fill("0100 123 4567");
      await page.getByLabel("Region").fill("eg");
      await button(opened, "Explain").click();
      await page.getByText("They do not see it.").waitFor();
      expect(await page.locator(".steps .reason").textContent()).toContain(
        "Its holder may be found by the user – this is why",
      );
      expect(service.asked).toContain(
        `POST admin/users/${encodeURIComponent(ODD_ID)}/explain {"phoneNumber":"0100 123 4567","defaultRegion":"EG"}`,
      );
      expect(page.url()).not.toContain("4567");
      expect(await opened.barriers("explained")).toEqual([]);
      expect(opened.faults).toEqual([]);
    });

    test("export saves everything as a file", async () => {
      const opened = await enter("user");
      const { page } = opened;
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        button(opened, "Export as JSON").click(),
      ]);
      expect(saved.suggestedFilename()).toBe("contact-sync-auth0_a_b_c_d_2F_.json");
      expect(JSON.parse(await readFile(await saved.path(), "utf8"))).toMatchObject({
        user_id: ODD_ID,
      });
      expect(opened.faults).toEqual([]);
    });

    test("erase takes the user's id, typed, and shows the receipt", async () => {
      const opened = await enter("user");
      const { page } = opened;
      const deleted = `DELETE users/${encodeURIComponent(ODD_ID)}`;
      await button(opened, "Erase …").click();
      const dialog = page.getByRole("dialog");
      const sure = dialog.getByRole("button", { name: "Erase for good" });
      expect(await opened.barriers("erase")).toEqual([]);
      expect(await sure.isDisabled()).toBe(true);
      await dialog.getByRole("textbox").fill("auth0|a");
      expect(await sure.isDisabled()).toBe(true);
      await dialog.getByRole("textbox").press("Enter");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(service.asked).not.toContain(deleted);
      await button(opened, "Erase …").click();
      expect(await dialog.getByRole("textbox").inputValue()).toBe("");
      await dialog.getByRole("textbox").fill(ODD_ID);
      await sure.click();
      await page.getByText("The user is erased.").waitFor();
      expect(service.asked).toContain(deleted);
      await page.getByText("Nothing is held of this user").waitFor();
      expect(await page.locator(".receipt-text").textContent()).toMatch(/^eyJ/);
      expect(await opened.barriers("erased")).toEqual([]);
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        button(opened, "Save the receipt").click(),
      ]);
      expect(await readFile(await saved.path(), "utf8")).toMatch(/^eyJ/);
      expect(opened.faults).toEqual([]);
    });

    test("the estimator says how long 50,000 take, and in which batches", async () => {
      const opened = await enter("settings");
      const { page } = opened;
      await button(opened, "Estimate").click();
      await page.getByText("of 1,000 contacts").waitFor();
      expect(service.asked).toContain('POST contacts/sync/estimate {"contactCount":50000}');
      await page.getByLabel("Batch size").fill("500");
      await button(opened, "Estimate").click();
      await page.getByText("of 500 contacts").waitFor();
      expect(await opened.barriers("estimated")).toEqual([]);
    });
  });

  test("everything is reached by keys", async () => {
    const opened = await enter();
    const { page } = opened;
    const focused = () =>
      page.evaluate(
        `(document.activeElement?.textContent || document.activeElement?.ariaLabel || "").trim()`,
      );
    await page.locator("body").press("Tab");
    expect(await focused()).toBe("Skip to the page");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("Overview");
    await page.evaluate("document.querySelector('nav a').focus()");
    for (const name of ["Users", "Suspects", "Webhooks"]) {
      await page.keyboard.press("Tab");
      expect(await focused()).toBe(name);
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Given up" }).waitFor();
    // The new page begins at its title.
    expect(await focused()).toBe("Webhooks");
    await go(opened, "suspects");
    await button(opened, /^Release/).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    for (let tab = 0; tab < 6; tab++) {
      await page.keyboard.press("Tab");
      // The dialog, or the browser's own controls; never what lies behind it.
      const place = await page.evaluate(
        `document.activeElement.closest("dialog") !== null || document.activeElement === document.body`,
      );
      expect(place).toBe(true);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await focused()).toMatch(/^Release/);
    await go(opened, "overview");
    await page.getByRole("radio", { name: "30 days" }).focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => service.asked).toContain("GET admin/history?days=90");
  });
});
