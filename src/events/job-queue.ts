import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import type { Runner, WorkerEvents, WorkerUtils } from "graphile-worker";
import type pg from "pg";
import { DEFAULT_SCHEMA } from "../database/schema.ts";
import type { DueMessage } from "./outbox.ts";

/**
 * The queue that brings each message to one worker of one process: graphile-worker's, in a schema of
 * its own. A job names a message and nothing else, and is a hint: what is delivered, when, and
 * whether it was, stands in the outbox. So a job that is lost, or done twice, does no harm.
 */
export interface JobQueue {
  /** How many more messages it takes now: few, so that none waits long behind others. */
  room(): Promise<number>;
  add(messages: readonly DueMessage[]): Promise<void>;
  /** Drops what workers have left behind that were killed. */
  tidy(): Promise<void>;
  /** When the jobs under way are done. */
  stop(): Promise<void>;
  /** Settles when it takes no more jobs, asked or not. */
  readonly ended: Promise<void>;
}

export interface JobQueueOptions {
  /** Of a login that may create the schema the first time. */
  readonly pool: pg.Pool;
  /** Where contact-sync is installed. */
  readonly schema: string;
  /** Delivers a message; must not reject. */
  readonly work: (message: DueMessage) => Promise<void>;
}

const TASK = "deliver";
const WORKERS = 10;
const ROOM = 50;
// Where nobody is told of a new job: behind a pooler, LISTEN hears nothing.
const POLL_MS = 1_000;
// A delivery takes seconds: a job that is held for minutes is held by nobody.
const HELD_MINUTES = 10;
// More than an attempt takes. What is not done by then, because the database hangs, others take up.
const STOP_MS = 15_000;

/** Where the jobs are: a schema for each installation in the database. */
function jobSchemaOf(schema: string): string {
  if (schema === DEFAULT_SCHEMA) return "contact_sync_jobs";
  const name = `contact_sync_jobs_${schema}`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 46)}_${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`;
}

/**
 * Starts the queue's workers in this process; makes its schema, or brings it up to date, where that
 * is needed.
 *
 * @throws ContactSyncError `INVALID_CONFIGURATION` where the login may not make the schema
 */
export async function openJobQueue({ pool, schema, work }: JobQueueOptions): Promise<JobQueue> {
  const name = jobSchemaOf(schema);
  // Loaded by whoever needs it.
  const { Logger, makeWorkerUtils, run } = await import("graphile-worker");
  const shared = {
    pgPool: pool,
    schema: name,
    noPreparedStatements: true, // there are none behind a pooler
    // Done in batches, or else a database that goes away while a job ends leaves a rejection that
    // nobody handles, and ends the process (0.17.3); so it ends the queue, which is opened again.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    // What it says may hold anything; that it can't work is noticed by whoever adds jobs.
    logger: new Logger(() => () => {}),
  };
  const events: WorkerEvents = new EventEmitter();
  // Also where it stops by itself, because a job could not be ended, or another version migrated its
  // schema: that it has begun to is what counts, for with the database away it may never be done.
  const stopping = new Promise<void>((resolve) => {
    events.once("pool:gracefulShutdown", () => resolve());
    events.once("pool:forcefulShutdown", () => resolve());
  });
  let utils: WorkerUtils;
  let runner: Runner;
  try {
    utils = await makeWorkerUtils(shared);
    await utils.migrate();
    runner = await run({
      ...shared,
      events,
      concurrency: WORKERS,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      parsedCronItems: [],
      taskList: { [TASK]: (payload) => work(payload as DueMessage) },
    });
  } catch (error) {
    throw (error as { code?: unknown }).code === "42501" ? mayNotCreate(name) : error;
  }
  const ended = runner.promise.catch(() => {});
  return {
    ended: Promise.race([ended, stopping]),
    async room() {
      const { rows } = await pool.query<{ waiting: number }>(
        `select count(*)::integer as waiting
           from (select from "${name}".jobs where locked_at is null and attempts < max_attempts limit ${ROOM}) as j`,
      );
      return ROOM - (rows[0]?.waiting ?? 0);
    },
    async add(messages) {
      if (messages.length === 0) return;
      await utils.addJobs(
        messages.map((message) => ({
          identifier: TASK,
          payload: message,
          // A further job for a message takes the place of one that was not begun.
          jobKey: message.message_id,
          maxAttempts: 1, // the outbox counts attempts
        })),
      );
    },
    async tidy() {
      const { rows } = await pool.query<{ worker: string }>(
        `select distinct locked_by as worker from "${name}".jobs
          where locked_at < now() - interval '${HELD_MINUTES} minutes'`,
      );
      if (rows.length > 0) await utils.forceUnlockWorkers(rows.map(({ worker }) => worker));
      await utils.cleanup({ tasks: ["DELETE_PERMAFAILED_JOBS"] });
    },
    async stop() {
      const late = new AbortController();
      const stopped = runner
        .stop()
        .catch(() => {}) // it has stopped by itself
        .then(() => ended);
      const patience = delay(STOP_MS, undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([stopped, patience]);
      late.abort();
      await utils.release();
    },
  };
}

function mayNotCreate(name: string): ContactSyncError {
  return new ContactSyncError(
    "INVALID_CONFIGURATION",
    `webhooks need the schema ${name} for their jobs, and this login may not create it: start the service once with a login that may, or "grant create on database …" to this one`,
  );
}
