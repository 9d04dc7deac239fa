import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach } from "vitest";
import type { TestDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { waitingForLocks } from "../support/waiting.ts";

/** A connection of its own: somebody's device, the linker, an operator. */
export interface Session {
  readonly pid: number;
  /** The one row of `select * from function(arguments)`. */
  call<Row>(name: string, ...values: unknown[]): Promise<Row>;
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * Opens sessions for a test. Behind it their transactions roll back, and they serve the next one:
 * a new connection has everything to plan anew, which takes longer than the test.
 */
export function useSessions(database: () => TestDatabase): () => Promise<Session> {
  const idle: pg.Client[] = [];
  const used: pg.Client[] = [];
  afterEach(async () => {
    const rollbacks = used.splice(0).map(async (client) => {
      await client.query("rollback; reset all");
      idle.push(client);
    });
    // One that a test has killed is not used again.
    await Promise.allSettled(rollbacks);
  });
  afterAll(() => Promise.all(idle.map((client) => client.end())));
  return async () => {
    const client = idle.pop() ?? (await connect(database().connectionString));
    used.push(client);
    return sessionOn(client);
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  return client;
}

function sessionOn(client: pg.Client): Session {
  const rows = async <Row>(text: string, values: unknown[] = []) =>
    (await client.query(text, values)).rows as Row[];
  const run = async (text: string) => {
    await client.query(text);
  };
  return {
    pid: pidOf(client),
    rows,
    async call<Row>(name: string, ...values: unknown[]) {
      const places = values.map((_, index) => `$${index + 1}`).join(", ");
      const [row] = await rows<Row>(`select * from ${name}(${places})`, values);
      return row as Row;
    },
    begin: () => run("begin isolation level read committed"),
    commit: () => run("commit"),
    rollback: () => run("rollback"),
  };
}

function pidOf(client: pg.Client): number {
  return (client as unknown as { processID: number }).processID;
}

/** Resolves once `count` backends of the database wait for a lock, those of the sessions if given. */
export async function untilBlocked(
  database: TestDatabase,
  ...sessions: readonly Pick<Session, "pid">[]
): Promise<number[]> {
  const expected = Math.max(sessions.length, 1);
  const pids = sessions.map(({ pid }) => pid);
  return until("somebody waits for a lock", async () => {
    const waiting = await waitingForLocks(database, pids);
    return waiting.length >= expected && waiting;
  });
}

/** A user of the app. */
export const someone = (): string => randomUUID();

/** A number as the database knows it: a phone key, 32 hex characters. */
export const aPhone = (): string => randomUUID().replaceAll("-", "");

/** Phone keys in the order in which syncs write them. */
export const somePhones = (count: number): string[] => Array.from({ length: count }, aPhone).sort();
