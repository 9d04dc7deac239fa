import type { Engine } from "../engine.ts";

export interface LinkerReport {
  /** Contacts whose stored link was brought up to date. */
  readonly contacts_changed: number;
  readonly entries_finished: number;
  /** Entries of the queue that wait for transactions still running. */
  readonly entries_waiting: number;
}

/**
 * Runs the linker until what is left waits for running transactions; call it again for the rest.
 * Whoever links, unlinks or erases through the library need not, it is done there.
 */
export async function linkPendingPhones(engine: Engine): Promise<LinkerReport> {
  return passes(engine, null);
}

/** The linker for some numbers only: the back-fill that a change of the directory ends with. */
export async function linkPending(engine: Engine, phoneKeys: readonly string[]): Promise<number> {
  return (await passes(engine, phoneKeys)).contacts_changed;
}

/** Short transactions, so that no owner is locked for long. */
async function passes(
  { store }: Engine,
  phoneKeys: readonly string[] | null,
): Promise<LinkerReport> {
  let changed = 0;
  let finished = 0;
  for (;;) {
    const pass = await store.call<LinkerReport>("link_pending_phones", [phoneKeys]);
    changed += pass.contacts_changed;
    finished += pass.entries_finished;
    const stands = pass.contacts_changed === 0 && pass.entries_finished === 0;
    if (pass.entries_waiting === 0 || stands) {
      return {
        contacts_changed: changed,
        entries_finished: finished,
        entries_waiting: pass.entries_waiting,
      };
    }
  }
}
