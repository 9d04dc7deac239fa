// So that nothing of what was done before falls on whoever is measured next: collecting takes the
// time of the process, and its other threads the server's processors.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** @type {(options?: { type: "minor" }) => void} */
const collect = runInNewContext("gc");

/** What is young, in about a millisecond. */
export const collectYoungGarbage = () => collect({ type: "minor" });

/** All of it, in tens of milliseconds. */
export const collectGarbage = () => collect();
