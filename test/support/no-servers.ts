// Set up before each file of the project `unit`, which is quick because it starts nothing: to start
// a server, or to listen, is refused there. Scripts of Node may run in a process of their own.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const REFUSAL =
  "A unit test starts no server: test/support/projects.ts says where the file of one that does belongs";

const marked = globalThis as { contactSyncNoServers?: true };

function refuseServers(): void {
  for (const name of ["spawn", "spawnSync", "execFile", "execFileSync"] as const) {
    const original = childProcess[name] as (program: string, ...rest: unknown[]) => unknown;
    const guarded = (program: string, ...rest: unknown[]) => {
      if (program !== process.execPath) throw new Error(`${REFUSAL} (${program})`);
      return original(program, ...rest);
    };
    // With its own properties, among them what `promisify` looks for.
    Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
    Object.assign(childProcess, { [name]: guarded });
  }
  const refuse = () => {
    throw new Error(REFUSAL);
  };
  Object.assign(childProcess, { exec: refuse, execSync: refuse, fork: refuse });
  net.Server.prototype.listen = refuse;
  syncBuiltinESMExports();
}

// The files of a worker share their modules.
if (!marked.contactSyncNoServers) {
  refuseServers();
  marked.contactSyncNoServers = true;
}
