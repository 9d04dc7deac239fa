import { connect } from "node:net";
import type pg from "pg";

// The protocol's CancelRequest: length, code, process id, secret key, each of 32 bits.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
const CANCEL_CODE = 80877102;
const MESSAGE_BYTES = 16;

/** What the server told a connection about itself; the driver keeps it, but does not declare it. */
interface CancelKey {
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/**
 * Asks the server to cancel what a connection is running, as psql does on Ctrl-C: over a connection
 * of its own, which also finds its way through a transaction pooler. Best effort, like the request.
 */
export function requestCancel(client: pg.ClientBase & { host: string; port: number }): void {
  const { processID, secretKey } = client as unknown as CancelKey;
  if (processID === null || secretKey === null) return;
  const message = Buffer.alloc(MESSAGE_BYTES);
  [MESSAGE_BYTES, CANCEL_CODE, processID, secretKey].forEach((word, place) => {
    message.writeInt32BE(word, place * 4);
  });
  const socket = client.host.startsWith("/")
    ? connect(`${client.host}/.s.PGSQL.${client.port}`)
    : connect(client.port, client.host);
  socket.on("error", () => {}); // then the query runs to its end
  socket.end(message);
}
