import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const folders = (process.env["PATH"] ?? "").split(delimiter);

/** The machine's own, of Debian's package for example; undefined where there is none. */
export const CHROMIUM = folders
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find((path) => existsSync(path));

// What a browser of a person's does in the background has no place in a test, or in a picture.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

export function launchChromium() {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: CHROMIUM ?? "",
    args: isRoot ? [...QUIET, "--no-sandbox"] : QUIET,
  });
}
