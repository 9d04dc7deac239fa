import { CHROMIUM, launchChromium } from "../../scripts/chromium.js";
import { available } from "./available.ts";

export { launchChromium };

/** In CI there is one, or the tests fail. */
export const hasChromium = available("chromium", CHROMIUM !== undefined);
