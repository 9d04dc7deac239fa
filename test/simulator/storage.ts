import type { TextStorage } from "../../client/src/storage/storage.ts";
import { type Weather, writeFateOf } from "./faults.ts";
import type { Process, Schedule } from "./schedule.ts";

/** What a phone's disk does with what an app stores. */
export interface Disk {
  readonly schedule: Schedule;
  readonly weather: () => Weather;
  /** The app is at an end. */
  kill(process: Process): void;
  told(fate: string, process: Process): void;
}

export class StorageRefused extends Error {
  override readonly name = "StorageRefused";
}

/** A storage as one run of the app sees it. Each write waits for its turn, and may be the last. */
export function storageOf(
  texts: Map<string, string>,
  process: Process,
  { schedule, weather, kill, told }: Disk,
): TextStorage {
  const { random } = process;
  const write = (change: (torn: boolean) => void) =>
    new Promise<void>((resolve, reject) => {
      if (process.isDead) return;
      const release = () => {
        const fate = writeFateOf(random, weather());
        if (fate !== "written") told(`a write that was ${fate}`, process);
        switch (fate) {
          case "written":
            change(false);
            return resolve();
          case "refused":
            return reject(new StorageRefused("the storage is full, says the simulator"));
          case "torn":
            change(true);
            return kill(process);
          case "killed after":
            change(false);
            return kill(process);
          case "killed before":
            return kill(process);
        }
      };
      schedule.add({ process, kind: "storage", due: 0, release });
    });
  return {
    getItem: async (name) => (process.isDead ? new Promise<null>(() => {}) : texts.get(name)),
    setItem: (name, text) =>
      write((isTorn) => {
        texts.set(name, isTorn ? text.slice(0, random.whole(0, text.length)) : text);
      }),
    removeItem: (name) =>
      write((isTorn) => {
        if (!isTorn || random.chance(0.5)) texts.delete(name);
      }),
  };
}
