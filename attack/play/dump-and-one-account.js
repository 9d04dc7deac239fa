/**
 * @import { DumpedContact } from "../lib/dump.js"
 * @import { Attack, Stage } from "../lib/play.js"
 */
import { Meter } from "../lib/allowance.js";
import { dumpedContacts, dumpedDevices } from "../lib/dump.js";
import { inWords } from "../lib/play.js";
import { bears, indexOf, marksFor } from "../lib/spelling.js";
import { inTruth, NO_DUMP } from "./victim.js";

const SIZES = { quick: { devices: 60, calls: 10 }, full: { devices: 10_000, calls: 40 } };

/**
 * What else in a dump tells the numbers of one account apart: its devices, the times of its syncs, the
 * order of rows, the choices it made, and in a copy of the files the transactions.
 *
 * @type {Attack}
 */
export const dumpAndOneAccount = {
  id: "dump-and-one-account",
  name: "a stolen dump and one account",
  async play(stage) {
    if (stage.stolen === undefined) return NO_DUMP;
    if (stage.stolen.key === undefined) {
      return { ...NO_DUMP, verdict: "Left out: what is read is confirmed with CONTACT_SYNC_KEY." };
    }
    const { devices, calls } = SIZES[stage.size];
    const meter = new Meter();
    const byDevices = await spellByDevices(stage, meter, devices);
    const byCalls = await spellByCalls(stage, meter, calls);
    const allowance = meter.allowance();
    const learned = byDevices + Math.max(...Object.values(byCalls));
    const ways = [
      ...(byDevices > devices / 2 ? ["its devices"] : []),
      ...Object.entries(byCalls)
        .filter(([, read]) => read > calls / 2)
        .map(([way]) => way),
    ];
    return {
      state: "played",
      gain: ways.length === 0 ? "nothing" : allowance.bound === "budget" ? "bounded" : "open",
      accounts: 1,
      asked: devices + calls,
      learned,
      allowance,
      figures: {
        devices: { asked: devices, read: byDevices },
        calls: { asked: calls, read: byCalls },
      },
      verdict:
        ways.length === 0
          ? "One account's numbers can't be told apart in a dump."
          : `${inWords(byDevices)} of ${inWords(devices)} numbers are read by one account's devices alone. Each of these tells its numbers apart: ${ways.join(", ")}.`,
    };
  },
};

/**
 * A number is on those of the account's devices that spell its place. It is charged once, on whichever
 * comes first.
 *
 * @param {Stage} stage
 * @param {Meter} meter
 * @param {number} size
 */
async function spellByDevices({ stolen, world, newAccount }, meter, size) {
  if (stolen === undefined) return 0;
  const account = await newAccount();
  const dictionary = world.range(0, size);
  for (let mark = 0; mark < marksFor(size); mark += 1) {
    const part = dictionary.filter((_, index) => bears(index, mark));
    meter.read(await account.sync(part, { mode: "replace", deviceId: `phone-${mark}` }));
  }
  const slots = (await dumpedDevices(stolen, account.userId)).map(({ device_id, slot }) => ({
    slot,
    mark: Number(device_id.replace("phone-", "")),
  }));
  const rows = await dumpedContacts(stolen, [account.userId]);
  const truth = inTruth(stolen, rows);
  return rows.filter(({ held_by, phone_key }) => {
    const marks = slots.filter(({ slot }) => (held_by >> slot) % 2 === 1).map(({ mark }) => mark);
    return truth.get(phone_key) === dictionary[indexOf(marks)];
  }).length;
}

/**
 * A number a call, so that what grows from call to call spells the order in which they were sent; then
 * an interaction with each, in the same order.
 *
 * @param {Stage} stage
 * @param {Meter} meter
 * @param {number} size
 * @returns {Promise<Record<string, number>>} by what it is told: how many were read
 */
async function spellByCalls({ stolen, world, newAccount }, meter, size) {
  if (stolen === undefined) return {};
  const account = await newAccount();
  const sent = world.range(0, size);
  for (const hash of sent) meter.read(await account.sync([hash]));
  const rows = await dumpedContacts(stolen, [account.userId]);
  for (const hash of sent) await account.must("POST", `/contacts/${hash}/interaction`, {});
  const later = await dumpedContacts(stolen, [account.userId]);
  const truth = inTruth(stolen, rows);
  /**
   * @param {DumpedContact[]} dumped
   * @param {(row: DumpedContact, place: number) => string | number | null} evidence
   */
  const read = (dumped, evidence) => {
    const values = dumped.map(evidence);
    if (new Set(values).size < size) return 0;
    return dumped
      .map(({ phone_key }, place) => ({ phone_key, value: values[place] ?? "" }))
      .sort((a, b) => (a.value < b.value ? -1 : 1))
      .filter(({ phone_key }, place) => truth.get(phone_key) === sent[place]).length;
  };
  return {
    "times of syncs": read(rows, ({ created_at }) => created_at),
    "times of interactions": read(later, ({ last_interaction }) => last_interaction),
    "order of rows": read(rows, (_, place) => place),
    "transactions (a copy of the files)": read(rows, ({ xmin }) => Number(xmin)),
  };
}
