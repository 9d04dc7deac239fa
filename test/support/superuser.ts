import pg from "pg";
import type { TestServer } from "./test-server.ts";

/** Runs the work on a connection of the server's superuser. */
export async function withSuperuser<T>(
  { host, port, superuser }: TestServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host, port, user: superuser, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
