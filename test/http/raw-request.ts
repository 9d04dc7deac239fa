import { once } from "node:events";
import { connect } from "node:net";

/** Sends bytes as they are, which no client would, and answers all that comes back until the end. */
export async function sendRaw(address: string, ...pieces: (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  socket.on("error", () => {}); // reset: what came before counts
  const closed = once(socket, "close");
  for (const piece of pieces) socket.write(piece);
  await closed;
  return answer;
}
