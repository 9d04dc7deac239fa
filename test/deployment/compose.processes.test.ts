import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseKey } from "../../src/security/key.ts";
import { readDocument } from "../acceptance/support/markdown.ts";
import { environmentOf, readCompose } from "./compose.ts";
import { areToolsInstalled, print, ROOT } from "./tools.ts";

describe.skipIf(!(await areToolsInstalled()))("compose.yaml", () => {
  test("is what the specification says", async () => {
    expect(await print("check-compose.js", join(ROOT, "compose.yaml"))).toEqual([]);
  });

  test("migrates before it serves, each as a role of its own", async () => {
    const { migrate, service } = (await readCompose()).services;
    expect(migrate?.command).toEqual(["migrate"]);
    expect(migrate?.["restart"]).toBe("no");
    expect(service?.command).toEqual(["serve"]);
    expect(service?.depends_on).toMatchObject({
      migrate: { condition: "service_completed_successfully" },
      postgres: { condition: "service_healthy" },
    });
    const urls = [migrate, service].map((one) => one?.environment?.["DATABASE_URL"]);
    const roles = urls.map((url) => /\/\/(\w+):/.exec(url ?? "")?.[1]);
    expect(roles).toEqual(["contact_sync_owner", "contact_sync"]);
  });

  test("gives no container more than it needs", async () => {
    const { services, networks } = await readCompose();
    for (const [name, service] of Object.entries(services)) {
      expect([name, service["security_opt"]]).toEqual([name, ["no-new-privileges:true"]]);
      if (service.build === undefined) continue;
      expect([name, service["read_only"], service["cap_drop"]]).toEqual([name, true, ["ALL"]]);
      expect([name, service["volumes"], service["tmpfs"]]).toEqual([name, undefined, undefined]);
    }
    expect(networks["database"]?.internal).toBe(true);
    expect(services["postgres"]?.networks).toEqual(["database"]);
    expect(services["postgres"]?.ports).toBeUndefined();
    for (const port of services["service"]?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test("names what is missing, and docs/deploy.md makes all of it", async () => {
    const { services } = await readCompose();
    for (const service of [services["postgres"], services["migrate"], services["service"]]) {
      if (service !== undefined) expect(() => environmentOf(service, {})).toThrow(/^\w+ is /);
    }
    const document = await readDocument("docs/deploy.md");
    const made = /cat >\.env <<END\n([\s\S]*?)\nEND\n/.exec(document)?.[1] ?? "";
    const variables = Object.fromEntries(
      made
        .split("\n")
        .map((line) => line.replace("$(openssl rand -hex 32)", "f".repeat(64)).split("=")),
    );
    for (const service of Object.values(services)) {
      expect(() => environmentOf(service, variables)).not.toThrow();
    }
    expect(() => parseKey(variables.CONTACT_SYNC_KEY)).not.toThrow();
    expect(variables.CONTACT_SYNC_SERVICE_KEYS).toMatch(/^.{32,}$/);
  });
});
