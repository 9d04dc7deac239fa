import { execFile, fork, spawn } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";

const refusal = /^A unit test starts no server/;

test("a unit test can start no server, and is given none", () => {
  expect(() => spawn("postgres", ["-D", "/nowhere"])).toThrow(refusal);
  expect(() => execFile("initdb", () => {})).toThrow(refusal);
  expect(() => fork("serve.js")).toThrow(refusal);
  expect(() => createServer().listen(0)).toThrow(refusal);
  expect(inject("testServers")).toBeUndefined();
});

test("it may run a script of Node", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--print", "1 + 1"]);
  expect(stdout).toBe("2\n");
});
