// So that nothing of what was done before falls on whoever is measured next: collecting takes the
// time of the process, and its other threads the server's processors.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** All of it, in some 20 ms. With `type: "major"`, V8 would go on in other threads. */
export const collectGarbage = () => collect();

/** What is young, in about a millisecond. */
export const collectYoungGarbage = () => collect({ type: "minor" });
