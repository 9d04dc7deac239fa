import type { Choice } from "./consent.ts";

// Operations as data: a failing sequence prints as what was done, and shrinks well.

export interface Item {
  readonly owner: number;
  readonly number: number;
  readonly favorite: boolean | null;
  readonly link: number | null;
  readonly interaction: number | null;
}

/** People, devices, numbers and moments by their places in the world. */
export type Operation =
  | {
      readonly do: "sync";
      readonly owner: number;
      /** Null is a call that names none. */
      readonly device: number | null;
      /** Null is an entry that nobody can read. */
      readonly numbers: readonly (number | null)[];
      readonly mode: "merge" | "replace";
      readonly confirmRemoval: boolean;
      readonly streamed: boolean;
      readonly batchSize: number;
    }
  | {
      readonly do: "session";
      readonly owner: number;
      readonly device: number;
      readonly parts: readonly (readonly number[])[];
      /** The parts as they arrive, some of them again; those not named follow. */
      readonly arrival: readonly number[];
      readonly mode: "merge" | "replace";
      readonly confirmRemoval: boolean;
    }
  | {
      readonly do: "delta";
      readonly owner: number;
      readonly device: number;
      /** How many tokens the device was given after the one that it goes on from. */
      readonly age: number;
      /** Removed where the device held them by that token, added where it did not. */
      readonly numbers: readonly number[];
      /** And one that is the other way round. */
      readonly mistake: number | null;
      readonly confirmRemoval: boolean;
      /** As if its answer had been lost. */
      readonly twice: boolean;
    }
  /** The device's last delta once more, whatever has happened meanwhile. */
  | { readonly do: "resend"; readonly owner: number; readonly device: number }
  | { readonly do: "forgetDevice"; readonly owner: number; readonly device: number }
  /** So that what was chosen for removed contacts is not kept any more. */
  | { readonly do: "monthPasses" }
  | {
      readonly do: "bulkInsert";
      readonly items: readonly Item[];
      readonly streamed: boolean;
      readonly batchSize: number;
    }
  | { readonly do: "create"; readonly item: Item }
  | {
      readonly do: "link";
      readonly user: number;
      readonly number: number;
      readonly verified: number;
    }
  | {
      readonly do: "linkMany";
      readonly entries: readonly {
        readonly user: number;
        readonly number: number;
        readonly verified: number;
      }[];
    }
  | { readonly do: "unlink"; readonly numbers: readonly number[]; readonly user: number | null }
  /** The directory changed in psql, where nobody runs the linker. */
  | {
      readonly do: "linkInSql";
      readonly user: number;
      readonly number: number;
      readonly verified: number;
    }
  | { readonly do: "unlinkInSql"; readonly number: number }
  | { readonly do: "linkPending" }
  | {
      readonly do: "favorite";
      readonly owner: number;
      readonly number: number;
      readonly is: boolean;
    }
  | {
      readonly do: "interaction";
      readonly owner: number;
      readonly number: number;
      readonly at: number;
    }
  | { readonly do: "delete"; readonly owner: number; readonly numbers: readonly number[] }
  | { readonly do: "deleteAll"; readonly owner: number }
  | { readonly do: "erase"; readonly user: number }
  | { readonly do: "choose"; readonly user: number; readonly choice: Choice | null }
  | {
      readonly do: "block" | "unblock";
      readonly user: number;
      readonly other: number;
    }
  /** Somebody reads their book, whatever waits for the linker. */
  | { readonly do: "read"; readonly owner: number }
  /** The service's default, changed in psql. */
  | { readonly do: "chooseDefault"; readonly choice: Choice }
  | { readonly do: "forgetNumber"; readonly number: number }
  | { readonly do: "liftNumber"; readonly number: number }
  /** As the judge of syncs holds an owner. */
  | { readonly do: "hold"; readonly owner: number }
  | { readonly do: "release"; readonly owner: number };
