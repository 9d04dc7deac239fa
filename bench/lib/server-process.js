import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * Starts a server as a process of its own, so that it shares no event loop with the client that
 * measures it.
 *
 * @param {readonly string[]} command a script and its arguments; it says "Listening on ADDRESS" on stderr
 * @param {Record<string, string>} environment beside this process's
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
export async function startServerProcess(command, environment = {}) {
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...environment },
    // Its log is written, as in production, and read by nobody.
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit");
  const said = [];
  /** @type {string | undefined} */
  let address;
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    said.push(line);
    address = /Listening on (http:\S+)/.exec(line)?.[1];
    if (address !== undefined) break;
  }
  if (address === undefined) throw new Error(`${command[0]} did not start:\n${said.join("\n")}`);
  child.stderr.resume();
  return {
    address,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      process.removeListener("exit", kill);
    },
  };
}
