import type { Record } from "./record.ts";
import type { ReadRequest } from "./requests.ts";
import type { Arrived } from "./service.ts";

/** Devices an owner may have; one more takes the place of another. */
const MAX_DEVICES = 14;

/** What has reached the service of an owner's book, whoever sent it. */
export class Owner {
  readonly userId: string;
  /** Sent without a device, at any time. */
  readonly everPartial = new Set<string>();
  readonly everDeleted = new Set<string>();
  readonly everDevices = new Set<string>();
  /** Hashes and devices that no phone can take out of the book, since it knows nothing of them. */
  readonly leftHashes = new Set<string>();
  readonly leftDevices = new Set<string>();
  /** Sent without a device before a backup was restored: it may be gone, and no phone be told. */
  readonly maybeLost = new Set<string>();

  constructor(userId: string) {
    this.userId = userId;
  }

  leave(hashes: Iterable<string>, devices: Iterable<string> = []): void {
    for (const hash of hashes) this.leftHashes.add(hash);
    for (const device of devices) this.leftDevices.add(device);
  }

  /** The service knows again what was deleted since its backup, and not what came since. */
  restored(): void {
    this.leave(this.everPartial, this.everDevices);
    for (const hash of this.everPartial) this.maybeLost.add(hash);
  }

  /** The service has taken a request. What it means for all of the owner's phones. */
  arrived(
    { kind, hashes, deviceId }: ReadRequest,
    { status }: Arrived,
    isLate: boolean,
    sender: Record,
    all: readonly Record[],
  ): void {
    if (status !== 200) return;
    if (deviceId !== undefined) this.everDevices.add(deviceId);
    if (this.everDevices.size > MAX_DEVICES) {
      for (const record of all) record.mayBeFull("more devices than an owner may have");
    }
    switch (kind) {
      case "merge":
        for (const hash of hashes) {
          this.everPartial.add(hash);
          this.maybeLost.delete(hash);
        }
        if (isLate) this.leave(hashes);
        break;
      case "delete":
      case "delete all":
        for (const hash of kind === "delete" ? hashes : this.everPartial) {
          this.everDeleted.add(hash);
          for (const record of all) record.partial.delete(hash);
        }
        for (const record of all) {
          if (record !== sender || isLate || kind === "delete all") record.mayBeFull("a deletion");
        }
        break;
      case "forget device":
        for (const record of all) {
          if (deviceId !== undefined && record.deviceIds.has(deviceId))
            record.mayBeFull("forgotten");
        }
        break;
      case "delta": // refused when it came the first time, so that another one was made of it
      case "full":
      case "begin":
      case "commit":
        // It undoes what came after it.
        if (isLate && deviceId !== undefined) this.leftDevices.add(deviceId);
        if (isLate) sender.mayBeFull(`a late ${kind}`);
        break;
    }
  }
}
