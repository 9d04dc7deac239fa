import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

const SSL_REQUEST = 80877103;

/** Speaks PostgreSQL's protocol as far as a refusal, as poolers refuse. */
export interface RefusingServer {
  readonly connectionString: string;
  /** What every connection is refused with from now on. */
  refuse(sqlstate: string, sentence: string, severity?: string): void;
  close(): Promise<void>;
}

export async function startRefusingServer(): Promise<RefusingServer> {
  let refusal = errorResponse("FATAL", "XX000", "refused");
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (packet) => answer(socket, packet));
  });
  const answer = (socket: Socket, packet: Buffer) => {
    if (packet.length >= 8 && packet.readInt32BE(4) === SSL_REQUEST) socket.write("N");
    else socket.end(refusal);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `postgresql://app:hunter2@127.0.0.1:${port}/app`,
    refuse(sqlstate, sentence, severity = "FATAL") {
      refusal = errorResponse(severity, sqlstate, sentence);
    },
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function errorResponse(severity: string, sqlstate: string, sentence: string): Buffer {
  const fields = Buffer.from(`S${severity}\0C${sqlstate}\0M${sentence}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
