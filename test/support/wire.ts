import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** A TCP port of this machine in front of a test's server, whose connections can hang. */
export interface Wire {
  readonly port: number;
  /** From now on nothing passes, and no connection is closed: a network that is gone. */
  freeze(): void;
  /** Connections made from now on pass; those that hung go on hanging. */
  thaw(): void;
  /** Keeps what connections made from now on send. */
  holdNew(): HeldConnections;
  /** Ends the next connection in the packet that says it is ready, as a server does that stops. */
  endNextWhenReady(): void;
  close(): Promise<void>;
}

export interface HeldConnections {
  /** Resolves once there is one. */
  readonly isMade: Promise<void>;
  /** Further connections pass again. */
  holdNoMore(): void;
  /** Lets those that are held pass; resolves once the server has closed them. */
  letGo(): Promise<void>;
}

// The protocol's ReadyForQuery, idle, and an ErrorResponse: severity, SQLSTATE, message.
const READY = Buffer.from("Z\0\0\0\x05I", "latin1");
const FIELDS = "SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";
const LAST_WORDS = Buffer.concat([
  Buffer.from("E"),
  Buffer.from(Uint32Array.of(FIELDS.length + 4).buffer).swap32(),
  Buffer.from(FIELDS),
]);

export async function openWire(connectionString: string): Promise<Wire> {
  const { searchParams } = new URL(connectionString.replace("@/", "@socket/"));
  const path = `${searchParams.get("host")}/.s.PGSQL.${searchParams.get("port")}`;
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let hold: ((pass: () => Socket) => void) | undefined;
  let endsWhenReady = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    return socket;
  };
  const listener = createServer({ allowHalfOpen: true }, (near) => {
    keep(near);
    const pass = () => {
      const far = keep(connect(path));
      near.pipe(far);
      if (endsWhenReady) {
        endsWhenReady = false;
        far.on("data", (packet: Buffer) => {
          near.write(packet.includes(READY) ? Buffer.concat([packet, LAST_WORDS]) : packet);
          if (packet.includes(READY)) near.end();
        });
      } else far.pipe(near);
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
      return far;
    };
    if (isFrozen) return;
    if (hold === undefined) pass();
    else hold(pass);
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
    holdNew() {
      const held: (() => Socket)[] = [];
      const isMade = new Promise<void>((resolve) => {
        hold = (pass) => {
          held.push(pass);
          resolve();
        };
      });
      return {
        isMade,
        holdNoMore() {
          hold = undefined;
        },
        async letGo() {
          await Promise.all(held.map((pass) => once(pass(), "close")));
        },
      };
    },
    endNextWhenReady() {
      endsWhenReady = true;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        listener.close(() => resolve());
      }),
  };
}
