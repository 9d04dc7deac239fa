import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Service, serve } from "../../src/http/serve.ts";
import { readServiceConfiguration } from "../../src/http/service-configuration.ts";
import type { Environment } from "../../src/process/configuration.ts";
import { signToken } from "../../src/security/sign-token.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { refusal } from "../support/use-contact-sync.ts";
import { JWT_SECRET, SERVICE_KEY } from "./support.ts";

describe("the service's configuration", () => {
  test("has a default for everything", () => {
    expect(readServiceConfiguration({ PORT: "", HOST: "  " })).toEqual({
      port: 3000,
      host: "127.0.0.1",
      tokens: {
        jwtSecret: undefined,
        jwksUrl: undefined,
        serviceKeys: [],
        issuer: undefined,
        audience: undefined,
        requiredClaims: [],
        userClaim: "sub",
        userRoles: ["authenticated"],
        serviceRoles: ["service_role"],
        userIds: "uuid",
      },
      limits: { perAddress: 6_000, perOwner: 120 },
      newNumberBudget: { burst: undefined, perDay: undefined },
      keepChoicesDays: undefined,
      retention: {
        silentOwnerMonths: undefined,
        forgottenNumberMonths: undefined,
        runDays: undefined,
      },
      syncTokenDays: 30,
      poolSize: 10,
      poolWaiting: 200,
      ownerConnections: 4,
      requestSeconds: 30,
      keepAliveSeconds: 75,
      startupSeconds: 30,
      corsOrigins: [],
      dashboard: "on",
      drainSeconds: 0,
      jobs: "on",
      trustProxy: [],
      logLevel: "info",
    });
  });

  test("takes every variable that .env.example lists, with the default it names", async () => {
    const text = await readFile(new URL("../../.env.example", import.meta.url), "utf8");
    const example = Object.fromEntries(
      text.split("\n").flatMap((line) => {
        const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value ?? ""]];
      }),
    );
    const read = new Set<string>();
    const environment = new Proxy<Environment>(example, {
      get(target, name: string) {
        read.add(name);
        return target[name];
      },
    });
    expect(readServiceConfiguration(environment)).toEqual(readServiceConfiguration({}));
    expect(Object.keys(example)).toEqual(expect.arrayContaining([...read]));
  });

  test("reads lists, without what is empty in them", () => {
    const configuration = readServiceConfiguration({
      CONTACT_SYNC_SERVICE_KEYS: ` ${SERVICE_KEY} , ,${SERVICE_KEY}2,`,
      CONTACT_SYNC_CORS_ORIGINS: "https://a.example:8443, capacitor://localhost",
      CONTACT_SYNC_TRUST_PROXY: "10.0.0.0/8, ::1",
    });
    expect(configuration.tokens.serviceKeys).toEqual([SERVICE_KEY, `${SERVICE_KEY}2`]);
    expect(configuration.corsOrigins).toEqual(["https://a.example:8443", "capacitor://localhost"]);
    expect(configuration.trustProxy).toEqual(["10.0.0.0/8", "::1"]);
  });

  test.each([
    ["PORT", ["-1", "65536", "3e9", "80a", "1.5"]],
    ["CONTACT_SYNC_JWT_SECRET", ["x".repeat(31)]],
    ["CONTACT_SYNC_JWKS_URL", ["example.com", "ftp://example.com/keys", "http://"]],
    ["CONTACT_SYNC_SERVICE_KEYS", [`${SERVICE_KEY},short`]],
    [
      "CONTACT_SYNC_JWT_USER_CLAIM",
      ["user_metadata.id", "app.unsafe_metadata", "https://app.example/user_metadata", "email"],
    ],
    [
      "CONTACT_SYNC_JWT_ROLE_CLAIM",
      ["user_metadata.role", "preferred_username", "unsafeMetadata.r"],
    ],
    ["CONTACT_SYNC_ACCOUNT_CREATED_CLAIM", ["user_metadata.created_at", "updated_at"]],
    ["CONTACT_SYNC_JWT_REQUIRED_CLAIMS", ["client_id", "token_use=access,=x", "azp=", "=", "a b"]],
    ["CONTACT_SYNC_JWT_SERVICE_ROLES", ["authenticated", "admin,authenticated"]],
    ["CONTACT_SYNC_RATE_LIMIT_PER_OWNER", ["-1", "many"]],
    ["CONTACT_SYNC_RATE_LIMIT_PER_ADDRESS", ["1000001"]],
    ["CONTACT_SYNC_POOL_SIZE", ["0"]],
    ["CONTACT_SYNC_POOL_WAITING", ["0"]],
    ["CONTACT_SYNC_OWNER_CONNECTIONS", ["-1", "501"]],
    ["CONTACT_SYNC_REQUEST_TIMEOUT_SECONDS", ["0", "601"]],
    ["CONTACT_SYNC_KEEP_ALIVE_SECONDS", ["0", "3601"]],
    ["CONTACT_SYNC_STARTUP_WAIT_SECONDS", ["-1", "3601"]],
    ["CONTACT_SYNC_TRUST_PROXY", ["everybody", "10.0.0.0/64"]],
    ["CONTACT_SYNC_CORS_ORIGINS", ["*", "example.com", "https://example.com/"]],
    ["CONTACT_SYNC_DASHBOARD", ["false", "1"]],
    ["LOG_LEVEL", ["verbose"]],
  ])("refuses what %s cannot be, without quoting it", async (name, values) => {
    for (const value of values) {
      const error = await refusal(attempt({ [name]: value }), "INVALID_CONFIGURATION");
      expect(error.message).toContain(name);
      if (value.length > 2) expect(error.message).not.toContain(value);
    }
  });

  test("reads which claims are demanded, and of which values", () => {
    const { tokens } = readServiceConfiguration({
      CONTACT_SYNC_JWT_REQUIRED_CLAIMS:
        " azp=https://a.example/?b=c, token_use = access,azp=phone,",
      CONTACT_SYNC_JWT_USER_CLAIM: "https://my-app.example/user_id",
      CONTACT_SYNC_JWT_ROLE_CLAIM: "realm_access.roles",
      CONTACT_SYNC_JWT_USER_ROLES: "member, guest",
      CONTACT_SYNC_JWT_SERVICE_ROLES: "none",
    });
    expect(tokens).toMatchObject({
      requiredClaims: [
        { name: "azp", values: ["https://a.example/?b=c", "phone"] },
        { name: "token_use", values: ["access"] },
      ],
      userClaim: "https://my-app.example/user_id",
      roleClaim: "realm_access.roles",
      userRoles: ["member", "guest"],
      serviceRoles: [],
    });
  });

  test("reads that no role is demanded, and then values of none are a fault", async () => {
    const none = { CONTACT_SYNC_JWT_ROLE_CLAIM: "none" };
    expect(readServiceConfiguration(none).tokens.roleClaim).toBeNull();
    readServiceConfiguration({ ...none, CONTACT_SYNC_JWT_SERVICE_ROLES: "none" });
    for (const name of ["CONTACT_SYNC_JWT_USER_ROLES", "CONTACT_SYNC_JWT_SERVICE_ROLES"]) {
      const error = await refusal(attempt({ ...none, [name]: "admin" }), "INVALID_CONFIGURATION");
      expect(error.message).toContain(name);
    }
  });

  test("demands an audience where the keys are everybody's", async () => {
    for (const url of [
      "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
      "https://WWW.googleapis.com/oauth2/v3/certs",
      "https://appleid.apple.com/auth/keys",
    ]) {
      const keys = { CONTACT_SYNC_JWKS_URL: url };
      const issuer = { CONTACT_SYNC_JWT_ISSUER: "https://securetoken.google.com/my-app" };
      const error = await refusal(attempt({ ...keys, ...issuer }), "INVALID_CONFIGURATION");
      expect(error.message).toContain("CONTACT_SYNC_JWT_AUDIENCE");
      readServiceConfiguration({ ...keys, CONTACT_SYNC_JWT_AUDIENCE: "my-app" });
    }
  });

  test("tells all its faults at once, those of the database among them", async () => {
    const environment = {
      PORT: "none-of-them",
      LOG_LEVEL: "loud-and-clear",
      CONTACT_SYNC_JWT_SECRET: "too short a secret",
      CONTACT_SYNC_KEY: "not-a-key-at-all",
      DATABASE_URL: "mysql://user:password@host/database",
      CONTACT_SYNC_DEFAULT_REGION: "Atlantis",
    };
    const call = serve({ environment, announce: () => {}, log: { write: () => {} } });
    const error = await refusal(call, "INVALID_CONFIGURATION");
    for (const [name, value] of Object.entries(environment)) {
      expect(error.message).toContain(name);
      expect(error.message).not.toContain(value);
    }
    expect(error.message).not.toContain("password");
  });
});

describePostgres("a service without token secrets", (server) => {
  const database = useDatabase(server);
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-serve-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const environment = (more: Environment = {}): Environment => ({
    DATABASE_URL: database().connectionString,
    CONTACT_SYNC_KEY: TEST_KEY,
    CONTACT_SYNC_DATA_DIR: join(folder, "data"),
    PORT: "0",
    LOG_LEVEL: "silent",
    ...more,
  });

  async function withService(
    more: Environment,
    work: (service: Service, announced: string) => Promise<void>,
  ): Promise<void> {
    let announced = "";
    const service = await serve({
      environment: environment(more),
      announce: (message) => {
        announced += `${message}\n`;
      },
    });
    try {
      await work(service, announced);
    } finally {
      await service.stop();
    }
  }

  test("makes one of its own that only its user can read, and keeps it", async () => {
    const file = join(folder, "data", "jwt-secret");
    let first: string | undefined;
    await withService({}, async ({ ownSecret, address }, announced) => {
      first = ownSecret;
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(announced).toContain("this machine only");
      expect(announced).not.toContain(ownSecret);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await readFile(file, "utf8")).trim()).toBe(ownSecret);
      expect(Buffer.byteLength(ownSecret ?? "")).toBeGreaterThanOrEqual(32);

      const userId = "00000000-0000-4000-8000-000000000001";
      const sign = (secret: string) =>
        signToken(secret, { role: "authenticated", userId, expiresInSeconds: 60 });
      const summary = async (token: string) =>
        (
          await fetch(`${address}/api/v1/contacts/summary`, {
            headers: { authorization: `Bearer ${token}` },
          })
        ).status;
      expect(await summary(await sign(ownSecret ?? ""))).toBe(200);
      expect(await summary(await sign(JWT_SECRET))).toBe(401);
    });
    await withService({}, async ({ ownSecret }) => expect(ownSecret).toBe(first));
  });

  test.each([
    "0.0.0.0",
    "::",
    "192.0.2.1",
    "example.com",
  ])("does not listen on %s", async (HOST) => {
    const call = serve({ environment: environment({ HOST }), announce: () => {} });
    const error = await refusal(call, "INVALID_CONFIGURATION");
    expect(error.message).toContain("CONTACT_SYNC_JWT_SECRET");
  });

  test("listens on the loopback that it is told", async () => {
    await withService({ HOST: "localhost" }, async ({ address }) => {
      expect((await fetch(`${address}/readyz`)).status).toBe(200);
    });
  });

  test.each([
    { CONTACT_SYNC_JWT_SECRET: JWT_SECRET },
    { CONTACT_SYNC_SERVICE_KEYS: SERVICE_KEY },
  ])("is none with one: it makes no secret and listens where it is told", async (secret) => {
    const dataDir = join(folder, `none-${Object.keys(secret)}`);
    const more = { ...secret, HOST: "0.0.0.0", CONTACT_SYNC_DATA_DIR: dataDir };
    await withService(more, async ({ ownSecret, address }, announced) => {
      expect(ownSecret).toBeUndefined();
      expect(announced).toBe("");
      // Linux has a whole network of loopback addresses.
      const other = process.platform === "linux" ? "127.0.0.2" : "127.0.0.1";
      expect((await fetch(`http://${other}:${new URL(address).port}/healthz`)).status).toBe(200);
      await expect(stat(join(dataDir, "jwt-secret"))).rejects.toMatchObject({ code: "ENOENT" });
    });
  });
});

/** A promise, so that one refusal is asked about like another. */
async function attempt(environment: Environment) {
  return readServiceConfiguration(environment);
}
