import { expect, test } from "vitest";
import { clusterConstantsOf, nodesOf, ratesOf } from "../../bench/capacity/cluster.js";
import { KINDS, LOADS, linkCasesOf, SUBJECTS } from "../../bench/citus/cases.js";
import {
  citusRatios,
  citusTable,
  summarizeLinks,
  summarizeSyncs,
} from "../../bench/citus/report.js";

const MS = { plain: 2, "plain in a block": 4, delegated: 6, undelegated: 40 };
const samples = [1, 2, 3].flatMap((round) =>
  LOADS.flatMap(({ contacts, clients }) =>
    SUBJECTS.flatMap((subject) =>
      KINDS.map((kind) => ({
        contacts,
        clients,
        kind,
        subject,
        // What slows a whole round down changes no ratio.
        ms: MS[subject.name] * round,
        cpuMs: clients === 1 ? MS[subject.name] / 2 : null,
      })),
    ),
  ),
);
const links = linkCasesOf("full").map((of) => ({
  of,
  rounds: [1, 2].map((round) => ({
    plain: { link: 100 * round, unlink: 100 * round },
    cluster: { link: 500 * round, unlink: 200 * round },
  })),
}));
const cases = { syncs: summarizeSyncs(samples), links: summarizeLinks(links) };
const constants = {
  contactHeap: 100,
  contactIndexes: 100,
  phoneKeyIndex: 40,
  directory: 140,
  directoryIndex: 40,
  status: 350,
  run: 200,
  firstCpuMs: 8,
  unchangedCpuMs: 2,
  clientCpuMs: 2,
  firstWal: 8_000,
  unchangedWal: 2_000,
};

test("ratios are taken within a round, each beside PostgreSQL that is called alike", () => {
  const ratios = citusRatios(cases);
  const of = (id: string) => ratios.find((ratio) => ratio.id === id)?.value;
  expect(of("citus/sync/300/first/1/delegated")).toEqual({ median: 3, low: 3, high: 3 });
  expect(of("citus/sync/10000/nothing/16/undelegated")).toEqual({ median: 10, low: 10, high: 10 });
  expect(of("citus/link/everybody/link")).toEqual({ median: 5, low: 5, high: 5 });
  expect(of("citus/link/single-16/unlink")).toEqual({ median: 2, low: 2, high: 2 });
  expect(ratios).toHaveLength(LOADS.length * KINDS.length * 2 + links.length * 2);
  expect(new Set(ratios.map(({ id }) => id)).size).toBe(ratios.length);
});

test("CPU is known of one client alone", () => {
  for (const { clients, coordinator_cpu_ms: cpu } of cases.syncs) {
    expect(cpu === null).toBe(clients > 1);
  }
});

test("the table has a row for each call and each link", () => {
  const commands = [{ subject: "delegated", call: "first", contacts: 300, commands: 1 }];
  const table = citusTable({ ...cases, commands });
  expect(table).toContain("| first, 300, 16 at a time ");
  expect(table).toContain("| unlink a number in 100,000 books ");
  expect(table).toContain("| first, delegated ");
});

test("owners are shared among the workers, the directory is on each node", () => {
  const capacity = {
    users: 1_000_000,
    contacts: 300_000_000,
    gigabytes: { contacts: 30, contactIndexes: 30, directory: 0.14, status: 4, runs: 16 },
  } as Parameters<typeof nodesOf>[1];
  const nodes = nodesOf(constants, capacity, 4);
  expect(nodes).toMatchObject({ workers: 4, ownersOnAWorker: 20, directory: 0.14, aWorker: 20.14 });
  expect(nodes.inAll).toBeCloseTo(80.7, 6);
  expect(nodes.randomlyTouched).toBeCloseTo(3.04, 6);
});

test("what a core does, and what the linker", () => {
  const cluster = clusterConstantsOf([...cases.syncs, ...cases.links]);
  // Of the 3 times that all nodes take together, the coordinator's backend takes 3.
  expect(cluster).toMatchObject({
    coordinator: { first: 3 },
    worker: { first: 0 },
    link: 5,
    numbers: 5,
  });
  const rates = ratesOf(constants, { ...cluster, worker: { first: 2, unchanged: 4 } }, 4_500);
  expect(rates.coordinator.unchanged).toBeCloseTo(1_000 / 6, 6);
  expect(rates.worker).toEqual({ first: 62.5, unchanged: 125 });
  expect(rates.joinersADay).toBeCloseTo(864_000, 6);
});
