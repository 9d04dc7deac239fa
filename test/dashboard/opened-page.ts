import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContext, Page } from "playwright-core";

/** Where pictures of every state are put, to be looked at; unset: none are taken. */
const PICTURES = process.env["CONTACT_SYNC_PICTURES"];
const WIDTHS = { wide: 1280, phone: 360 };
const WIDEST = 1280;

/** The operator's page in a browser, and what it did. */
export interface OpenedPage {
  readonly page: Page;
  /** Addresses of other hosts that the page asked for anything. */
  readonly strangers: string[];
  /** What the policy refused, what went wrong in the page, and what it complained of. */
  readonly faults: string[];
  /** To a place such as `#/users`, until it shows what it asked for. */
  go(place: string): Promise<void>;
  /**
   * What is in the way of somebody who sees or works otherwise, in light and in dark; and whatever
   * makes the page wider than a phone. A picture of each is taken where somebody wants to see them.
   */
  barriers(name: string): Promise<string[]>;
}

export async function openDashboard(
  context: BrowserContext,
  address: string,
  at?: number,
): Promise<OpenedPage> {
  const faults: string[] = [];
  const strangers: string[] = [];
  const page = await context.newPage();
  if (at !== undefined) await page.clock.setFixedTime(at);
  await page.addInitScript(TELL_VIOLATIONS);
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && host !== new URL(address).host) strangers.push(host);
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // What the service answers is what the tests are about.
    const isNetwork = /^Failed to load resource/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isNetwork) faults.push(message.text());
  });
  await page.goto(address);
  await page.locator("h1").waitFor();
  return {
    page,
    faults,
    strangers,
    go: (place) => go(page, place),
    barriers: (name) => barriersOf(page, name),
  };
}

async function go(page: Page, place: string): Promise<void> {
  // The page listens since before: it is drawn anew by the time this is told of the change.
  await page.evaluate(`new Promise((there) => {
    if (location.hash === ${JSON.stringify(place)}) return there();
    addEventListener("hashchange", () => there(), { once: true });
    location.hash = ${JSON.stringify(place)};
  })`);
  await page.locator(".loading").first().waitFor({ state: "detached" });
}

/** In the page: what the policy refuses is a complaint. */
const TELL_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("refused by " + event.violatedDirective + " " + event.sourceFile));`;

async function barriersOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const axe = new AxeBuilder({ page });
    // Of all that it looks at, only colours differ.
    const { violations } = await (colorScheme === "dark"
      ? axe
      : axe.withRules("color-contrast")
    ).analyze();
    for (const { id, nodes } of violations) {
      found.push(
        ...nodes.map(
          ({ html, failureSummary }) => `${colorScheme}: ${id}: ${html} ${failureSummary}`,
        ),
      );
    }
    await picture(page, name, colorScheme);
  }
  for (const width of [320, 768]) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    if (overflow !== 0) found.push(`${width} pixels: ${overflow} pixels too wide`);
  }
  await page.setViewportSize({ width: WIDEST, height: 900 });
  return found;
}

async function picture(page: Page, name: string, scheme: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  for (const [width, pixels] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width: pixels, height: 800 });
    // A chart is drawn anew when it has its width.
    await page.evaluate(
      "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))",
    );
    const path = join(PICTURES, `${name}-${width}-${scheme}.png`);
    await page.screenshot({ path, fullPage: true });
  }
  await page.setViewportSize({ width: WIDEST, height: 900 });
}
