import { type AddressInfo, connect, createServer } from "node:net";
import type { TestDatabase } from "../support/postgres.ts";

/** A test's database by TCP, as a container of its own reaches it; the test's server has a socket alone. */
export interface Relay {
  /** @param user a role that may log in */
  connectionString(user: string): string;
  stop(): Promise<void>;
}

export async function startRelay({ connectionString, name }: TestDatabase): Promise<Relay> {
  const { searchParams } = new URL(connectionString.replace("@/", "@socket/"));
  const path = `${searchParams.get("host")}/.s.PGSQL.${searchParams.get("port")}`;
  const server = createServer((client) => {
    const upstream = connect(path);
    client.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
    upstream.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: (user) => `postgresql://${user}@127.0.0.1:${port}/${name}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
