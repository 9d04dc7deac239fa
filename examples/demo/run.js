import { readBook } from "./people.js";
import { createPhone } from "./phone.js";
import { startDemo } from "./service.js";

/**
 * @import { RejectedNumber } from "@contact-sync/client"
 * @import { Teller } from "./teller.js"
 */

const DATA_DIR = ".contact-sync/demo";
const NAMES_SHOWN = 2;

/** @param {Teller} teller */
export async function runDemo(teller) {
  /** @type {(() => Promise<void>)[]} */
  const closers = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  let isShown = false;
  // Also while something is under way, which then fails: what is open is closed.
  const quit = () => stop().then(() => process.exit(isShown ? 0 : 130));
  process.once("SIGINT", quit).once("SIGTERM", quit);
  try {
    await show(teller, await startDemo(teller, { dataDir: DATA_DIR, closers }));
  } catch (error) {
    await stop();
    throw error;
  }
  isShown = true;
  if (process.stdout.isTTY) {
    teller.say("Ctrl-C stops it.");
    return;
  }
  teller.say("This is no terminal, so it stops.");
  await stop();
  process.off("SIGINT", quit).off("SIGTERM", quit);
}

/**
 * @param {Teller} teller
 * @param {Awaited<ReturnType<typeof startDemo>>} demo
 */
async function show({ say, during }, demo) {
  const book = await readBook();
  const phone = createPhone({ ...demo, book });
  await phone.emptyBook();
  say(`${await demo.link()} people have an account and a number that they verified.`);
  const { owners, syncs } = await demo.invent();
  say(`${owners} more, who are invented, have synced for a month: ${count(syncs)} times.`);

  const numbers = book.flatMap(({ phoneNumbers }) => phoneNumbers);
  say("");
  say(`One of the people, in Egypt, finds friends: ${numbers.length} numbers on a phone.`);
  const first = await during("Syncing for the first time", () => phone.sync());
  const names = first.friends.map(({ contacts: [card] }) => card?.name ?? "");
  const shown = names.slice(0, NAMES_SHOWN);
  say(`  first sync   ${bytes(first.sent)} go out: ${names.length} people have an account`);
  say(`               ${shown.join(", ")}, and ${names.length - shown.length} more`);
  say(`               ${first.rejected.length} numbers can't be read: ${reasons(first.rejected)}`);
  const second = await during("Syncing again", () => phone.sync());
  say(`  once more    ${bytes(second.sent)} go out: nothing has changed, nothing is written`);
  const { joined } = await during("Somebody joins", async () => {
    await demo.join();
    return phone.refresh();
  });
  for (const { contacts } of joined) say(`  later        ${contacts[0]?.name} is here now`);

  say("");
  if (await demo.backEnd.hasDashboard()) {
    say("The operator's page, signed in:");
    say(`  ${demo.url}/dashboard#key=${demo.serviceKey}`);
  }
  say("The API's page, signed in as that person and as the app's back end:");
  say(`  ${demo.door}/`);
}

/** @param {readonly RejectedNumber[]} rejected */
function reasons(rejected) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { reason } of rejected) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const [one, other, ...rest] = [...counts].sort(([, a], [, b]) => b - a);
  const others = rest.reduce((sum, [, many]) => sum + many, 0);
  const told = [one, other].flatMap((entry) => (entry ? [`${entry[1]} ${entry[0]}`] : []));
  return [...told, ...(others > 0 ? [`${others} others`] : [])].join(", ");
}

/** @param {number} length */
function bytes(length) {
  return `${(length / 1000).toFixed(1)} KB`;
}

/** @param {number} value */
function count(value) {
  return value.toLocaleString("en");
}
