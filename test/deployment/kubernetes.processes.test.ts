import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readServiceConfiguration } from "../../src/http/service-configuration.ts";
import { lastOf, readDockerfile, type Stage } from "./dockerfile.ts";
import { areToolsInstalled, print, ROOT } from "./tools.ts";

const FOLDER = join(ROOT, "examples/deploy/kubernetes");

/** As much of Kubernetes' objects as is looked at here. */
interface Container {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly [probe: string]: unknown;
}

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly strategy?: unknown;
    readonly selector?: unknown;
    readonly maxReplicas?: number;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly Container[];
        readonly terminationGracePeriodSeconds?: number;
        readonly [name: string]: unknown;
      };
    };
  };
}

const files = async () => (await readdir(FOLDER)).map((name) => join(FOLDER, name));

async function readObjects(): Promise<Workload[]> {
  return (await print<Workload[][]>("print-yaml.js", ...(await files()))).flat();
}

async function read(kind: string, name: string): Promise<Workload> {
  const found = (await readObjects()).find(
    (object) => object.kind === kind && object.metadata.name === name,
  );
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

describe.skipIf(!(await areToolsInstalled()))("the files for Kubernetes", () => {
  test("are what its schemas say", async () => {
    expect(await print("check-kubernetes.js", ...(await files()))).toEqual([]);
  });

  test("run nobody as root, and let nothing be written", async () => {
    const last = (await readDockerfile(join(ROOT, "Dockerfile"))).stages.at(-1) as Stage;
    // runAsNonRoot is refused where the image's user is no number.
    expect(lastOf(last, "USER")?.text).toMatch(/^[1-9]\d*/);
    const pods = (await readObjects()).filter(({ spec }) => spec.template !== undefined);
    expect(pods.map(({ kind }) => kind).sort()).toEqual(["Deployment", "Deployment", "Job"]);
    for (const { spec } of pods) {
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      });
      for (const { securityContext } of spec.template.spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
      }
    }
  });

  test("roll without a pod too few, and kill none that may still be at work", async () => {
    const { spec } = await read("Deployment", "contact-sync");
    expect(spec.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    const [container] = spec.template.spec.containers as [Container];
    const environment = Object.fromEntries(
      (container.env ?? []).map(({ name, value }) => [name, value]),
    );
    const { drainSeconds, requestSeconds } = readServiceConfiguration(environment);
    const { periodSeconds, failureThreshold } = container["readinessProbe"] as Record<
      string,
      number
    >;
    expect(drainSeconds).toBeGreaterThan((periodSeconds as number) * (failureThreshold as number));
    // docs/http.md#shutdown
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      drainSeconds + 3 * requestSeconds + 10,
    );
  });

  test("restart what does not run, and send traffic to what is ready", async () => {
    const [container] = (await read("Deployment", "contact-sync")).spec.template.spec
      .containers as [Container];
    const path = (probe: string) =>
      (container[probe] as { httpGet: { path: string } }).httpGet.path;
    expect(["startupProbe", "livenessProbe", "readinessProbe"].map(path)).toEqual([
      "/healthz",
      "/healthz",
      "/readyz",
    ]);
    const { startupSeconds } = readServiceConfiguration({});
    const { periodSeconds, failureThreshold } = container["startupProbe"] as Record<string, number>;
    expect((periodSeconds as number) * (failureThreshold as number)).toBeGreaterThan(
      startupSeconds,
    );
  });

  test("select the pods that they mean", async () => {
    const objects = await readObjects();
    const selectors = objects.flatMap(({ kind, metadata, spec }) => {
      const { selector } = spec as { selector?: { matchLabels?: object } };
      const labels = selector?.matchLabels ?? selector;
      return labels === undefined ? [] : [[`${kind} ${metadata.name}`, labels]];
    });
    const labelsOf = async (name: string) =>
      (await read("Deployment", name)).spec.template.metadata.labels;
    expect(Object.fromEntries(selectors)).toEqual({
      "Deployment contact-sync": await labelsOf("contact-sync"),
      "Service contact-sync": await labelsOf("contact-sync"),
      "PodDisruptionBudget contact-sync": await labelsOf("contact-sync"),
      "Deployment contact-sync-worker": await labelsOf("contact-sync-worker"),
    });
  });

  test("take no more connections than PostgreSQL has by default", async () => {
    const { spec } = await read("HorizontalPodAutoscaler", "contact-sync");
    const { poolSize } = readServiceConfiguration({});
    // Those that watch, those that deliver, and one process more while it rolls.
    expect(((spec.maxReplicas ?? 0) + 1) * (poolSize + 2 + 4)).toBeLessThan(97);
  });
});
