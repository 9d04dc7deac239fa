import { ContactSyncError } from "@contact-sync/client";
import { createFriendFinderWith } from "../../client/src/sync/create-friend-finder.ts";
import type { FriendFinder } from "../../client/src/sync/friend-finder.ts";
import type { Platform } from "../../client/src/sync/platform.ts";
import { REGION } from "./address-book.ts";
import type { Network, Witness } from "./network.ts";
import type { Phone } from "./phone.ts";
import type { Random } from "./random.ts";
import type { Process, Schedule } from "./schedule.ts";
import { type Disk, storageOf } from "./storage.ts";

export class SignedOut extends Error {
  override readonly name = "SignedOut";
}

export interface Surroundings {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly network: Network;
  readonly disk: Disk;
  tokenOf(userId: string, isGood: boolean): Promise<string>;
  witnessOf(phone: Phone): Witness;
}

/** A run of the app: the real friend finder over a phone's storage. */
export interface App {
  readonly process: Process;
  readonly finder: FriendFinder;
}

export function startApp(phone: Phone, surroundings: Surroundings): App {
  const { random, schedule, network, disk, tokenOf, witnessOf } = surroundings;
  const process = schedule.startProcess(phone.name, random.fork());
  const platform: Platform = {
    fetch: network.fetchOf(process, witnessOf(phone)),
    now: () => schedule.now + phone.clockAhead,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (process.isDead) return;
        const aborted = () => reject(new ContactSyncError("ABORTED", "the signal ended it"));
        if (signal?.aborted) return aborted();
        const due = schedule.now + milliseconds;
        const takeBack = schedule.add({ process, kind: "sleep", due, release: () => resolve() });
        signal?.addEventListener("abort", () => {
          takeBack();
          aborted();
        });
      }),
    random: () => process.random.next(),
    exclusively: (name, work) => alone(phone, process, name, work),
  };
  const finder = createFriendFinderWith(
    {
      url: "https://contacts.example.com",
      storage: storageOf(phone.texts, process, disk),
      region: REGION,
      getToken: async ({ refresh }) => {
        if (phone.token === "gone") throw new SignedOut("nobody is signed in");
        if (refresh) phone.token = "good";
        return tokenOf(phone.userId, phone.token === "good");
      },
    },
    platform,
  );
  return { process, finder };
}

/** As Web Locks: in all tabs of a phone, and free again when whoever has it is killed. */
async function alone<Result>(
  { locks }: Phone,
  process: Process,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const lock = locks.get(name);
    if (lock === undefined || lock.holder.isDead) break;
    await process.behind(Promise.race([lock.free, lock.holder.death]));
  }
  let release = () => {};
  const free = new Promise<void>((resolve) => {
    release = resolve;
  });
  const mine = { holder: process, free };
  locks.set(name, mine);
  try {
    return await work();
  } finally {
    if (locks.get(name) === mine) locks.delete(name);
    release();
  }
}
