/** @import { Attack } from "./lib/play.js" */
import { atOnce } from "./play/at-once.js";
import { deltaProbing } from "./play/delta-probing.js";
import { dumpAndAccounts } from "./play/dump-and-accounts.js";
import { dumpAndOneAccount } from "./play/dump-and-one-account.js";
import { dumpAndSession } from "./play/dump-and-session.js";
import { dumpWithKey } from "./play/dump-with-key.js";
import { dumpWithoutKey } from "./play/dump-without-key.js";
import { hidingLater } from "./play/hiding-later.js";
import { manyAccounts } from "./play/many-accounts.js";
import { otherDoors } from "./play/other-doors.js";
import { random } from "./play/random.js";
import { removeAndAdd } from "./play/remove-and-add.js";
import { sequential } from "./play/sequential.js";
import { sessions } from "./play/sessions.js";
import { timing } from "./play/timing.js";

/** In the order in which they are played and shown. @type {readonly Attack[]} */
export const ATTACKS = [
  sequential,
  random,
  manyAccounts,
  atOnce,
  removeAndAdd,
  deltaProbing,
  sessions,
  otherDoors,
  timing,
  hidingLater,
  dumpWithoutKey,
  dumpWithKey,
  dumpAndAccounts,
  dumpAndOneAccount,
  dumpAndSession,
];
