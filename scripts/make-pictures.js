// Makes the README's pictures, of the running software: `npm run pictures`. Chromium has to be
// installed. The phone's screen is the page of examples/browser, the operator's that of the demo.
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startExample } from "../examples/browser/example.js";
import { startDemo } from "../examples/demo/service.js";
import { CHROMIUM, launchChromium } from "./chromium.js";

/** @import { Page } from "playwright-core" */

const FOLDER = fileURLToPath(new URL("../docs/pictures/", import.meta.url));
const BOOK = fileURLToPath(new URL("../examples/address-book/contacts.vcf", import.meta.url));
const MAX_BYTES = 150_000;
const PHONE = { width: 390, height: 780 };
const DESK = { width: 1180, height: 900 };

if (CHROMIUM === undefined) {
  console.error("There is no Chromium on the PATH: install it (apt install chromium), and repeat.");
  process.exit(1);
}
// In the checkout, which whoever runs PostgreSQL may enter; a temporary folder is often one's own.
const dataDir = fileURLToPath(new URL("../.contact-sync/pictures/", import.meta.url));
await rm(dataDir, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const browser = await launchChromium();
try {
  await picturePhone(join(dataDir, "phone"));
  await pictureDashboard(join(dataDir, "demo"));
} finally {
  await browser.close();
  await rm(dataDir, { recursive: true, force: true });
}

/**
 * The friends that were found, a moment after somebody has joined.
 *
 * @param {string} folder
 */
async function picturePhone(folder) {
  const example = await startExample({
    environment: { CONTACT_SYNC_DATA_DIR: folder, PORT: "0" },
  });
  try {
    const page = await openPage(PHONE, 1.5);
    await page.goto(example.page);
    await page.locator("#file").setInputFiles(BOOK);
    await page.getByText(/^\d+ friends are here$/).waitFor();
    await example.join();
    await page.locator("#refresh").click();
    await page
      .getByText(/is here now/)
      .first()
      .waitFor();
    await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)");
    await picture(page, "phone");
    await page.context().close();
  } finally {
    await example.stop();
  }
}

/** @param {string} folder */
async function pictureDashboard(folder) {
  /** @type {(() => Promise<void>)[]} */
  const closers = [];
  const teller = {
    say: () => {},
    /** @type {import("../examples/demo/teller.js").Teller["during"]} */
    during: (_doing, work) => work(() => {}),
  };
  try {
    const demo = await startDemo(teller, { dataDir: folder, closers });
    await demo.link();
    await demo.invent();
    const page = await openPage(DESK, 1);
    await page.goto(`${demo.url}/dashboard#key=${demo.serviceKey}`);
    await page.locator(".canvas canvas").first().waitFor();
    await page.waitForLoadState("networkidle");
    await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)");
    await picture(page, "dashboard");
    await page.context().close();
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/**
 * @param {{ width: number, height: number }} viewport
 * @param {number} deviceScaleFactor
 */
async function openPage(viewport, deviceScaleFactor) {
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor,
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  return context.newPage();
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function picture(page, name) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    // Charts are drawn anew in the other colours.
    await page.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
    );
    const path = join(FOLDER, `${name}-${colorScheme}.png`);
    await page.screenshot({ path });
    const { size } = await stat(path);
    console.log(`docs/pictures/${name}-${colorScheme}.png  ${Math.round(size / 1000)} KB`);
    if (size > MAX_BYTES) {
      console.error(`It is larger than ${MAX_BYTES / 1000} KB, too large for a README.`);
      process.exitCode = 1;
    }
  }
}
