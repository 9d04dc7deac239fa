import { setTimeout as delay } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import { linkPendingPhones } from "../directory/linker.ts";
import type { Engine } from "../engine/engine.ts";
import { throwIfAborted } from "../input/arguments.ts";
import { reportProgress } from "../input/report-progress.ts";
import type { Secrets } from "../security/secrets.ts";
import { type BatchSizes, type Move, moveBooks } from "./move-books.ts";
import {
  type RotateKeyOptions,
  type RotationProgress,
  type RotationReport,
  type RotationState,
  type RotationStep,
  readRotateKeyOptions,
} from "./progress.ts";
import { resealTexts } from "./reseal.ts";

// A sync of an owner waits for the transaction that moves them: with so many contacts, a few hundred
// milliseconds.
const SIZES: BatchSizes = { numbers: 5_000, owners: 100, contacts: 2_000 };
const MESSAGES_AT_ONCE = 1_000;
const PAUSE_MS = 200;

/** `rotateKey` of `ContactsWithAccounts`, which describes it. */
export function rotateKey(
  engine: Engine,
  givenOptions?: RotateKeyOptions,
): Promise<RotationReport> {
  return rotateKeyBy(engine, SIZES, givenOptions);
}

/** The same by transactions of other sizes; for tests. */
export async function rotateKeyBy(
  engine: Engine,
  sizes: BatchSizes,
  givenOptions?: RotateKeyOptions,
): Promise<RotationReport> {
  const { onProgress, signal } = readRotateKeyOptions(givenOptions);
  const { from, to } = engine.keyRing.pair();
  throwIfAborted(signal);
  const begin = async () => {
    const { step } = await engine.sql.call<{ step: RotationStep | "done" }>(
      "contact_sync_begin_rotation",
      [from.keyId, from.checkValue, to.keyId, to.checkValue],
      "contact_sync_begin_rotation as step",
    );
    // This process is told by nobody else, and the step's work needs both keys.
    await engine.keyRing.renew(engine.keyRing.record);
    return step;
  };
  let step = await begin();
  const inAll = await rotationState(engine);
  const rotation = new Rotation(engine, sizes, signal, onProgress, {
    numbersDone: 0,
    contactsMoved: 0,
    ownersMoved: 0,
    contactsInAll: inAll.contacts_left,
    ownersInAll: inAll.owners_left,
    waitingFor: 0,
  });
  for (; step !== "done"; step = await begin()) {
    rotation.tell({ step });
    await rotation.awaitReaders();
    if (step === "directory") await rotation.twinNumbers();
    else if (step === "books") await rotation.moveAllBooks();
    else await rotation.clearRemains();
  }
  const { numbersDone, ownersMoved, contactsMoved } = rotation.progress;
  return {
    from_key_id: String(from.keyId),
    to_key_id: String(to.keyId),
    numbers_done: numbersDone,
    owners_moved: ownersMoved,
    contacts_moved: contactsMoved,
  };
}

/** `rotationState` of `ContactsWithAccounts`, which describes it. */
export async function rotationState({ sql }: Engine): Promise<RotationState> {
  const row = await sql.call<Record<keyof RotationState, string | null>>(
    "contact_sync_rotation_state",
    [],
  );
  return {
    step: row.step as RotationStep | null,
    from_key_id: row.from_key_id,
    to_key_id: row.to_key_id,
    numbers_left: Number(row.numbers_left ?? 0),
    owners_left: Number(row.owners_left ?? 0),
    contacts_left: Number(row.contacts_left ?? 0),
  };
}

/** The steps of a change. Each transaction of them may be the last of a process that is killed. */
class Rotation {
  readonly #engine: Engine;
  readonly #sizes: BatchSizes;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: RotateKeyOptions["onProgress"];
  progress: RotationProgress;

  constructor(
    engine: Engine,
    sizes: BatchSizes,
    signal: AbortSignal | undefined,
    onProgress: RotateKeyOptions["onProgress"],
    start: Omit<RotationProgress, "step">,
  ) {
    this.#engine = engine;
    this.#sizes = sizes;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.progress = { step: "directory", ...start };
  }

  tell(news: Partial<RotationProgress>): void {
    this.progress = { ...this.progress, waitingFor: 0, ...news };
    reportProgress(this.#onProgress, this.progress);
    throwIfAborted(this.#signal);
  }

  /** Until nobody is left who may not know of the step. */
  async awaitReaders(): Promise<void> {
    for (;;) {
      const { running } = await this.#engine.sql.call<{ running: number }>(
        "contact_sync_await_seal_readers",
        ["1 second"],
        "contact_sync_await_seal_readers as running",
      );
      if (running === 0) return;
      this.tell({ waitingFor: running });
    }
  }

  async twinNumbers(): Promise<void> {
    const { sql } = this.#engine;
    const { from, to } = this.#keys();
    const secret = this.#engine.users.sealedFor(to);
    if (secret !== null) await sql.call("contact_sync_keep_user_id_secret", [secret]);
    for (let after: string | null = null; ; ) {
      const { keys }: { keys: string[] } = await sql.call(
        "contact_sync_numbers_to_twin",
        [after, this.#sizes.numbers],
        "contact_sync_numbers_to_twin as keys",
      );
      if (keys.length > 0) {
        const resealed = await resealTexts(keys, from, to);
        await sql.call("contact_sync_twin_numbers", [resealed.keys, resealed.nextKeys]);
        this.tell({ numbersDone: this.progress.numbersDone + keys.length });
      }
      if (keys.length < this.#sizes.numbers) break;
      after = keys.at(-1) as string;
    }
    await sql.call("contact_sync_adopt_books", []);
    await sql.call("contact_sync_start_moving", []);
  }

  async moveAllBooks(): Promise<void> {
    for (;;) {
      await this.#moveBooks();
      const { is_in_force } = await this.#engine.sql.call<{ is_in_force: boolean }>(
        "contact_sync_switch_seal",
        [],
        "contact_sync_switch_seal as is_in_force",
      );
      if (is_in_force) return;
    }
  }

  async clearRemains(): Promise<void> {
    const { sql } = this.#engine;
    await this.#moveBooks(); // of which there are none, but for what somebody did by hand
    for (let after: string | null = null; ; ) {
      const row: { numbers_dropped: number; last_phone_key: string | null } = await sql.call(
        "contact_sync_drop_old_numbers",
        [after, this.#sizes.numbers],
      );
      this.tell({});
      after = row.last_phone_key;
      if (after === null) break;
    }
    // Whoever changes who may be found enqueues the user's rows of the directory, of both keys as
    // long as there are two. So from here on whatever waits by the old key stands before the newest
    // entry of now. A number that came back is entered once more when it is through: so twice.
    await this.awaitReaders();
    await this.#drainQueue();
    await this.#drainQueue();
    await this.#moveMessages();
    for (;;) {
      const { waiting } = await sql.call<{ waiting: number }>(
        "contact_sync_drop_old_answers",
        [],
        "contact_sync_drop_old_answers as waiting",
      );
      if (waiting === 0) break;
      await this.#pause(waiting);
    }
    const { is_over } = await sql.call<{ is_over: boolean }>(
      "contact_sync_end_rotation",
      [],
      "contact_sync_end_rotation as is_over",
    );
    // Something has come between: all of it once more.
    if (!is_over) await this.#pause(1);
  }

  async #moveBooks(): Promise<void> {
    const { from, to } = this.#keys();
    const onMove = ({ owners, contacts }: Move) => {
      const { ownersMoved, contactsMoved } = this.progress;
      this.tell({ ownersMoved: ownersMoved + owners, contactsMoved: contactsMoved + contacts });
    };
    for (;;) {
      const locked = await moveBooks(this.#engine, from, to, this.#sizes, onMove);
      if (locked === 0) return;
      await this.#pause(locked);
    }
  }

  async #drainQueue(): Promise<void> {
    const { sql } = this.#engine;
    const { newest } = await sql.call<{ newest: string[] }>(
      "contact_sync_newest_entries",
      [],
      "contact_sync_newest_entries as newest",
    );
    for (;;) {
      const { waiting } = await sql.call<{ waiting: number }>(
        "contact_sync_queued_before",
        [newest],
        "contact_sync_queued_before as waiting",
      );
      if (waiting === 0) return;
      this.tell({ waitingFor: waiting });
      const { contacts_changed, entries_finished } = await linkPendingPhones(this.#engine);
      if (contacts_changed + entries_finished === 0) await this.#pause(waiting);
    }
  }

  async #moveMessages(): Promise<void> {
    const { sql } = this.#engine;
    const { from, to } = this.#keys();
    for (;;) {
      const { message_ids, phone_keys } = await sql.call<{
        message_ids: string[];
        phone_keys: string[];
      }>("contact_sync_messages_to_move", [MESSAGES_AT_ONCE]);
      if (message_ids.length === 0) return;
      const { nextKeys } = await resealTexts(phone_keys, from, to);
      await sql.call("contact_sync_move_messages", [message_ids, nextKeys]);
      this.tell({});
    }
  }

  async #pause(waitingFor: number): Promise<void> {
    this.tell({ waitingFor });
    await delay(PAUSE_MS);
  }

  #keys(): { readonly from: Secrets; readonly to: Secrets } {
    const { current, next, previous } = this.#engine.keyRing.inForce;
    if (next !== null) return { from: current, to: next };
    if (previous !== null) return { from: previous, to: current };
    // Another rotate-key has come to an end of a step before this one.
    throw new ContactSyncError(
      "KEY_ROTATION",
      "another process is at the same change of the key; begin again, it goes on from there",
      { details: { retry_after_seconds: 1 } },
    );
  }
}
