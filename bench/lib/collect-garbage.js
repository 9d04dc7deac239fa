import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/**
 * Clears up behind what was done before, so that nothing of it falls on whoever is measured next:
 * collecting takes the time of the process, and its other threads the server's processors.
 *
 * @param {"minor" | "major"} [type] "minor": only what is young, in about a millisecond. Without a
 *   "major" one from time to time, V8 begins one by itself.
 */
export const collectGarbage = (type = "major") => (type === "minor" ? collect({ type }) : collect());
