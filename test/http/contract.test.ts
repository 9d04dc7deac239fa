import { randomUUID } from "node:crypto";
import { applyToDigest, digestOf, EMPTY_DIGEST } from "@contact-sync/client";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import type { Existing } from "./generated-bodies.ts";
import { requestsTo } from "./generated-requests.ts";
import { MARKED_DIGITS } from "./generated-values.ts";
import {
  answerChecker,
  type CheckAnswer,
  operationsOf,
  publishedDocument,
} from "./openapi-document.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

// Rounds of requests that are under way at once.
const ROUNDS = 30;
const AT_ONCE = 8;
// Of what is there twice: as a user's, and on behalf of one.
const ROUNDS_ON_BEHALF = 15;
const MOST_TIMES = 10;

// One generated request after another to every operation of the published document, on a database
// that they change; whatever they are, the answer is one that the document describes.
describePostgres("the contract", (server) => {
  const app = useApp(server);
  let check: CheckAnswer;
  let operations: ReturnType<typeof operationsOf>;
  let existing: Existing;
  let users: string[];
  const statuses: Record<string, Record<number, number>> = {};

  beforeAll(async () => {
    const document = await publishedDocument(app());
    check = answerChecker(document);
    operations = operationsOf(document);
    const userIds = [randomUUID(), randomUUID()];
    users = await Promise.all(userIds.map((id) => app().userToken(id)));
    const valid = [...users, SERVICE_KEY, await app().serviceToken()];
    existing = {
      tokens: [...valid, ...valid, "garbage"],
      phoneHashes: Array.from({ length: 40 }, (_, n) => hashOf(n)),
      userIds,
      deviceIds: ["phone-1", "tablet"],
      sessionIds: [],
      bodies: {},
    };
  });

  /** What an operation before has deleted is there again. */
  async function refill() {
    const sessionIds: string[] = [];
    const deltas: object[] = [];
    for (const token of users) {
      const ask = async (path: string, body: object) => {
        const url = `/api/v1/contacts/sync${path}`;
        return (await app().request({ method: "POST", url, token, body })).json().data;
      };
      const book = { phoneNumbers: numbers(40), deviceContactsCount: 40 };
      await ask("", book);
      for (const deviceId of existing.deviceIds) {
        const { sync_token } = await ask("", { ...book, deviceId, mode: "replace" });
        const [one, digest] = [hashOf(50), digestOf(existing.phoneHashes)];
        const same = { syncToken: sync_token, digest, added: [], removed: [] };
        deltas.push(same, {
          ...same,
          added: [one],
          digest: applyToDigest(digest, { added: [one] }),
        });
        const session = { deviceId, mode: "merge", deviceContactsCount: 0 };
        sessionIds.push((await ask("/sessions", session)).session_id);
      }
    }
    const commit = { parts: 0, digest: EMPTY_DIGEST };
    const bodies = { syncDelta: deltas, commitSession: [commit] };
    const onBehalf = { syncDeltaForUser: deltas, commitSessionForUser: [commit] };
    existing = { ...existing, sessionIds, bodies: { ...bodies, ...onBehalf } };
  }

  test("every answer to a generated request is as the document says, and none is a 5xx", async () => {
    for (const operation of operations) {
      const seen: Record<number, number> = {};
      statuses[operation.operationId] = seen;
      // Again until one has met what is there: of a session that was committed there is no second.
      for (let times = 0; times < MOST_TIMES && (seen[200] ?? 0) === 0; times += 1) {
        await ask(operation, seen);
      }
    }

    async function ask(operation: (typeof operations)[number], seen: Record<number, number>) {
      await refill();
      await fc.assert(
        fc.asyncProperty(roundsOf(requestsTo(operation, existing)), async (requests) => {
          const answers = await Promise.all(requests.map(app().request));
          for (const answer of answers) {
            seen[answer.statusCode] = (seen[answer.statusCode] ?? 0) + 1;
            expect(answer.statusCode, answer.body).toBeLessThan(500);
            check(operation, answer);
            if (answer.statusCode !== 200) expect(answer.body).not.toContain(MARKED_DIGITS);
            // A parameter of an SQL function is no name that a client knows.
            expect(answer.body).not.toMatch(/(?<=["\s(])p_[a-z]{4}/);
          }
        }),
        { numRuns: operation.tags?.includes("on behalf") ? ROUNDS_ON_BEHALF : ROUNDS },
      );
    }
  }, 300_000);

  test("every operation answered some of them with success", () => {
    const never = Object.entries(statuses).filter(([, seen]) => seen[200] === undefined);
    expect(never).toEqual([]);
  });

  test("nothing of a book is in the log", () => {
    const log = app().log.join("");
    expect(log).not.toContain(MARKED_DIGITS);
    for (const phoneHash of existing.phoneHashes) expect(log).not.toContain(phoneHash);
    for (const userId of existing.userIds) expect(log).not.toContain(userId);
  });
});

const roundsOf = <Value>(one: fc.Arbitrary<Value>) =>
  fc.array(one, { minLength: AT_ONCE, maxLength: AT_ONCE, size: "max" });
