// Rules and dashboard against what the service really shows.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { readDocument } from "../acceptance/support/markdown.ts";
import { type ServiceProcess, useServiceProcesses } from "../http/service-process.ts";
import { JWT_SECRET, SERVICE_KEY } from "../http/support.ts";
import { available } from "../support/available.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { numberOf } from "../support/use-contact-sync.ts";
import { areToolsInstalled, IMAGE_NODE, print, ROOT } from "./tools.ts";

const FOLDER = join(ROOT, "examples/monitoring");
const ALERTS = join(FOLDER, "alerts.yml");
const PROMQL = fileURLToPath(new URL("print-promql.js", import.meta.url));
// What Prometheus itself adds to what it scrapes.
const ITS_OWN = { metrics: ["up"], labels: ["instance", "job"] };

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Asked {
  readonly expression: string;
  readonly selectors: readonly {
    readonly name: string;
    readonly matchers: readonly (readonly [label: string, operator: string, value: string])[];
  }[];
  readonly grouped: readonly string[];
  readonly isWrong: boolean;
}

async function readRules(): Promise<Rule[]> {
  type Groups = { groups: { rules: Rule[] }[] };
  const [documents] = await print<Groups[][]>("print-yaml.js", ALERTS);
  return documents?.[0]?.groups.flatMap(({ rules }) => rules) ?? [];
}

/** The expressions of all panels, with Grafana's variables put in. */
async function readPanels(): Promise<string[]> {
  const file = await readFile(join(FOLDER, "grafana-dashboard.json"), "utf8");
  const { panels } = JSON.parse(file) as { panels: { targets?: { expr: string }[] }[] };
  return panels
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr }) =>
      expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", "contact-sync"),
    );
}

async function ask(expressions: readonly string[]): Promise<Asked[]> {
  const child = spawn(IMAGE_NODE, [PROMQL], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(expressions));
  return JSON.parse(await text(child.stdout));
}

const promtool = (...words: string[]) => promisify(execFile)("promtool", words, { cwd: FOLDER });
const hasPromtool = await promtool("--version").then(
  () => true,
  () => false,
);

describe.skipIf(!available("promtool", hasPromtool))("promtool", () => {
  test("has nothing against the configuration and the rules", async () => {
    await promtool("check", "config", "prometheus.yml");
    expect((await promtool("check", "rules", "alerts.yml")).stdout).toMatch(/SUCCESS: \d+ rules/);
  });

  test("sees each alert fire where it should, and none on a good day", async () => {
    const file = fileURLToPath(new URL("alerts.test.yml", import.meta.url));
    const rules = await readRules();
    const tried = new Set(
      [...(await readFile(file, "utf8")).matchAll(/alertname: (\w+)/g)].map(([, name]) => name),
    );
    expect([...tried].sort()).toEqual(rules.map(({ alert }) => alert).sort());
    await promtool("test", "rules", file);
  });
});

describe.skipIf(!(await areToolsInstalled()))("rules and dashboard", () => {
  test("say how grave it is, and where it says what to do", async () => {
    for (const { alert, labels, annotations } of await readRules()) {
      expect([alert, labels.severity]).toEqual([
        alert,
        expect.stringMatching(/^(critical|warning)$/),
      ]);
      const [file = "", anchor] = annotations.runbook.split("#");
      const headings = [...(await readDocument(file)).matchAll(/^#+ (.+)$/gm)].map(
        ([, heading = ""]) =>
          heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N}\s_-]/gu, "")
            .replace(/\s/g, "-"),
      );
      expect([alert, headings]).toEqual([alert, expect.arrayContaining([anchor])]);
    }
  });

  describePostgres("on a running service", (server) => {
    const database = useDatabase(server);
    const startService = useServiceProcesses();

    /** Has each thing happened once that only shows when it has. */
    async function provoke({ address }: ServiceProcess): Promise<void> {
      const userId = randomUUID();
      const token = await signToken(JWT_SECRET, {
        role: "authenticated",
        userId,
        expiresInSeconds: 600,
      });
      const call = async (method: string, path: string, body: object, bearer = token) => {
        const answer = await fetch(`${address}/api/v1/${path}`, {
          method,
          headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
          body: JSON.stringify(body),
        });
        return answer.status;
      };
      const phoneNumbers = [numberOf(1), "nobody's"];
      const book = { phoneNumbers, deviceContactsCount: 2, deviceId: "phone", mode: "replace" };
      expect(await call("POST", "contacts/sync", book)).toBe(200);
      const delta = { syncToken: "made-up", digest: `0-${"0".repeat(32)}`, added: [], removed: [] };
      expect(await call("POST", "contacts/sync/delta", delta)).toBe(409);
      const friend = { phoneNumber: numberOf(1) };
      expect(await call("PUT", `users/${randomUUID()}/phones`, friend, SERVICE_KEY)).toBe(200);
      expect((await fetch(`${address}/readyz`)).status).toBe(200);
    }

    test("find every metric, label and value that they ask for", async () => {
      const service = await startService(database().connectionString, {
        CONTACT_SYNC_JWKS_URL: "http://127.0.0.1:9/keys.json",
        CONTACT_SYNC_WEBHOOK_URL: "http://127.0.0.1:9/",
        CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "true",
        CONTACT_SYNC_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString("base64")}`,
      });
      await provoke(service);
      const there = await until("a message was tried to be delivered", async () => {
        const metrics = await (await fetch(`${service.address}/metrics`)).text();
        return metrics.includes("contact_sync_webhook_deliveries_total{") && seriesOf(metrics);
      });
      const expressions = [...(await readRules()).map(({ expr }) => expr), ...(await readPanels())];
      const asked = await ask(expressions);
      expect(asked.length).toBeGreaterThan(40);
      expect(asked.flatMap((one) => faultsOf(one, there))).toEqual([]);
    });
  });
});

/** Of each metric, its labels with their values. */
type Shown = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Reads Prometheus's text format. */
function seriesOf(metrics: string): Shown {
  const shown = new Map<string, Map<string, Set<string>>>();
  for (const [, name = "", labels = ""] of metrics.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = shown.get(name) ?? new Map<string, Set<string>>();
    shown.set(name, known);
    for (const [, label = "", value = ""] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  return shown;
}

function faultsOf({ expression, selectors, grouped, isWrong }: Asked, shown: Shown): string[] {
  if (isWrong) return [`no PromQL: ${expression}`];
  const known = (label: string, names: readonly string[]) =>
    names.flatMap((name) => [...(shown.get(name)?.get(label) ?? [])]);
  const ours = selectors.filter(({ name }) => !ITS_OWN.metrics.includes(name));
  const faults = ours.filter(({ name }) => !shown.has(name)).map(({ name }) => `no metric ${name}`);
  for (const { name, matchers } of ours) {
    for (const [label, operator, value] of matchers) {
      if (ITS_OWN.labels.includes(label)) continue;
      const values = known(label, [name]);
      const pattern = operator.endsWith("~") ? new RegExp(`^(?:${value})$`) : undefined;
      const isThere = values.some((one) => pattern?.test(one) ?? one === value);
      if (values.length === 0) faults.push(`no label ${label} of ${name}`);
      // Nothing here fails with 5xx, so none of those can be seen.
      else if (!isThere && label !== "status") faults.push(`no ${label} ${value} of ${name}`);
    }
  }
  const names = ours.map(({ name }) => name);
  for (const label of grouped) {
    if (!ITS_OWN.labels.includes(label) && known(label, names).length === 0) {
      faults.push(`no label ${label}`);
    }
  }
  return faults.map((fault) => `${fault}: ${expression}`);
}
