import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page, Request } from "playwright-core";

/** Where pictures of every state are put, to be looked at; unset: none are taken. */
const PICTURES = process.env["CONTACT_SYNC_PICTURES"];
const WIDTHS = { wide: 900, phone: 390 };

/** A page of the example, and what it did. */
export interface ExamplePage {
  readonly page: Page;
  /** Requests to the service, as `POST /contacts/sync`, in their order. */
  asked(): string[];
  /** The bodies that were sent to the service. */
  sent(): string[];
  /** What the policy refused, what went wrong in the page, and what it complained of. */
  readonly faults: string[];
  /** The chosen files, by the page's own control. */
  open(...files: { name: string; text: string }[]): Promise<void>;
  /** Pictures of what is to be seen now: light and dark, wide and as on a phone. */
  picture(name: string): Promise<void>;
}

export interface PickedContact {
  readonly name: readonly string[];
  readonly tel: readonly string[];
}

const API = "/api/v1";

/** Opens the page in a browser of its own, as on another device. */
export async function openPage(
  context: BrowserContext,
  address: string,
  { contacts }: { contacts?: readonly PickedContact[] } = {},
): Promise<ExamplePage> {
  const requests: Request[] = [];
  const faults: string[] = [];
  const page = await context.newPage();
  await page.addInitScript(TELL_VIOLATIONS);
  if (contacts !== undefined) await page.addInitScript(pickerOf(contacts));
  page.on("request", (request) => {
    if (request.url().includes(API)) requests.push(request);
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // A network that is not there is what the offline test is about.
    const isNetwork = /^Failed to load resource/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isNetwork) faults.push(message.text());
  });
  await page.goto(address);
  await page.locator("#choose").waitFor();
  return {
    page,
    faults,
    asked: () => requests.map((request) => `${request.method()} ${pathOf(request)}`),
    sent: () => requests.map((request) => request.postData() ?? ""),
    async open(...files) {
      for (const { name, text } of files) {
        const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
        await page.locator("#file").setInputFiles(file);
      }
    },
    picture: (name) => picture(page, name),
  };
}

function pathOf(request: Request): string {
  const { pathname } = new URL(request.url());
  // Cursors and ids are of no interest.
  return pathname.slice(API.length).replace(/[0-9a-f-]{32,}$/, "…");
}

/** In the page. Chromium on a desktop has no contact picker: this one chooses what it was given. */
function pickerOf(contacts: readonly PickedContact[]): string {
  return `Object.defineProperty(navigator, "contacts", {
    value: { select: async () => ${JSON.stringify(contacts)}, getProperties: async () => ["name", "tel"] },
  });`;
}

/** In the page: what the policy refuses is a complaint. */
const TELL_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("refused by " + event.violatedDirective));`;

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  for (const [width, pixels] of Object.entries(WIDTHS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width: pixels, height: 844 });
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize({ width: 900, height: 844 });
}
