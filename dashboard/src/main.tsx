import { render } from "preact";
import { App } from "./app.tsx";
import { followAddress } from "./service/route.ts";
import { keyOfAddress, signIn } from "./service/session.ts";

// Before anything is shown or asked: the key does not stay in the address, nor in the history.
async function enter(): Promise<void> {
  const given = keyOfAddress();
  followAddress();
  if (given !== undefined) await signIn(given.key, given.keep);
}

addEventListener("hashchange", enter);
void enter();
const page = document.getElementById("page");
if (page !== null) render(<App />, page);
