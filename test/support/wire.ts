import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** A TCP port of this machine in front of a test's server, whose connections can hang. */
export interface Wire {
  readonly port: number;
  /** From now on nothing passes, and no connection is closed: a network that is gone. */
  freeze(): void;
  /** Connections made from now on pass; those that hung go on hanging. */
  thaw(): void;
  /** Keeps what the next connection sends until the returned function is called. */
  holdNext(): () => void;
  close(): Promise<void>;
}

export async function openWire(connectionString: string): Promise<Wire> {
  const { searchParams } = new URL(connectionString.replace("@/", "@socket/"));
  const path = `${searchParams.get("host")}/.s.PGSQL.${searchParams.get("port")}`;
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let hold: Promise<void> | undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    return socket;
  };
  const listener = createServer({ allowHalfOpen: true }, async (near) => {
    keep(near);
    if (isFrozen) return;
    const held = hold;
    hold = undefined;
    await held;
    const far = keep(connect(path));
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    thaw() {
      isFrozen = false;
    },
    holdNext() {
      let release = () => {};
      hold = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        listener.close(() => resolve());
      }),
  };
}
