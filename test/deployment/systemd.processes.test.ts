import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readServiceConfiguration } from "../../src/http/service-configuration.ts";
import { readDocument } from "../acceptance/support/markdown.ts";
import { available } from "../support/available.ts";
import { ROOT } from "./tools.ts";

const FOLDER = join(ROOT, "examples/deploy/systemd");
const INSTALLED = "/opt/contact-sync/node_modules/contact-sync/";

const analyze = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
  return { status, stdout, stderr };
};

describe.skipIf(!available("systemd-analyze", analyze("--version").status === 0))(
  "the units for systemd",
  () => {
    let folder: string;
    let names: string[];
    beforeAll(async () => {
      names = (await readdir(FOLDER)).sort();
      folder = await mkdtemp(join(tmpdir(), "contact-sync-units-"));
      for (const name of names) {
        const text = await readFile(join(FOLDER, name), "utf8");
        // It looks for the program, which has another place on this machine.
        await writeFile(join(folder, name), text.replace("/usr/bin/node", process.execPath));
      }
    });
    afterAll(() => rm(folder, { recursive: true }));

    test("are understood", () => {
      const verified = analyze("verify", ...names.map((name) => join(folder, name)));
      expect(verified).toEqual({ status: 0, stdout: "", stderr: "" });
    });

    test("are as closed as docs/deploy.md says", async () => {
      const said = /gives the service (\d\.\d) of 10/.exec(
        await readDocument("docs/deploy.md"),
      )?.[1];
      for (const name of names) {
        const { stdout } = analyze("security", "--offline=true", join(folder, name));
        expect([name, /exposure level for .*: (\S+)/.exec(stdout)?.[1]]).toEqual([name, said]);
      }
    });

    test("start what the package has, and give it time to end", async () => {
      const { requestSeconds } = readServiceConfiguration({});
      const started = await Promise.all(
        names.map(async (name) => {
          const text = await readFile(join(FOLDER, name), "utf8");
          const [, program = "", command = ""] = /^ExecStart=\S+ (\S+) (.*)$/m.exec(text) ?? [];
          expect(program.startsWith(INSTALLED)).toBe(true);
          expect(existsSync(join(ROOT, program.slice(INSTALLED.length)))).toBe(true);
          const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(text)?.[1]);
          if (command !== "migrate") expect(seconds).toBeGreaterThan(3 * requestSeconds + 10);
          return [name, command];
        }),
      );
      expect(Object.fromEntries(started)).toEqual({
        "contact-sync-migrate.service": "migrate",
        "contact-sync-worker.service": "worker",
        "contact-sync.service": "serve",
      });
    });
  },
);
