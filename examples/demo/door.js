// What the demo has beside the service: a link that opens the API's page signed in, without a token
// that fills a screen, and a back end that takes webhooks.
import { createServer } from "node:http";

/**
 * @param {{ port: number, target: () => Promise<string> }} options
 * @returns {Promise<{ address: string, close: () => Promise<void> }>}
 */
export async function openDoor({ port, target }) {
  const server = createServer(async (request, response) => {
    request.resume();
    if (request.method === "POST") response.writeHead(204).end();
    else response.writeHead(302, { location: await target(), "cache-control": "no-store" }).end();
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  const { port: taken } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
