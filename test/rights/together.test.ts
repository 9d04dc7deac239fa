import { expect, test } from "vitest";
import { isContactSyncError } from "../../src/index.ts";
import { describePostgres } from "../support/postgres.ts";
import { newUser } from "../support/sql.ts";
import { numberOf, useContactSync } from "../support/use-contact-sync.ts";
import { exportOf } from "./export-of.ts";

const ROUNDS = 240;
const AT_ONCE = 8;

describePostgres("forgetting, verifying, erasing, exporting and cleaning up at once", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("end, each with what it says, and leave every number one thing", async () => {
    const users = Array.from({ length: 3 }, newUser);
    const numbers = [0, 1, 2, 3].map(numberOf);
    const any = <T>(list: readonly T[], n: number) => list[n % list.length] as T;
    const operations = [
      (n: number) => contactSync().forgetNumber(any(numbers, n)),
      (n: number) => contactSync().liftNumber(any(numbers, n)),
      (n: number) => contactSync().link(any(users, n), any(numbers, n >> 1)),
      (n: number) => contactSync().unlink(any(numbers, n)),
      (n: number) => contactSync().eraseUser(any(users, n)),
      (n: number) => contactSync().syncContacts(any(users, n), numbers, 4),
      (n: number) => exportOf(contactSync(), any(users, n)),
      () => contactSync().applyRetention(),
    ];
    const refused = new Set<string>();
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < ROUNDS) {
          const n = next++;
          try {
            // Each operation meets each other one, in an order that no two runs share.
            await any(operations, n * 5 + (n >> 3))(n);
          } catch (error) {
            if (!isContactSyncError(error)) throw error;
            refused.add(error.code);
          }
        }
      }),
    );
    // A number that is a user's is not forgotten; one that was forgotten while a verification was
    // under way is not taken over by it.
    const expected = ["NUMBER_HAS_ACCOUNT", "VERIFICATION_OUTDATED"];
    expect([...refused].filter((code) => !expected.includes(code))).toEqual([]);

    for (const number of numbers) await contactSync().liftNumber(number);
    for (const user of users) await contactSync().eraseUser(user);
    await contactSync().linkPendingPhones();
    for (const table of ["phones", "contacts_with_accounts", "contact_sync_pending_links"]) {
      const { rows } = await database().pool.query(`select from ${table}`);
      expect([table, rows]).toEqual([table, []]);
    }
  });
});
