// A token for development has the claims that are configured, so what demands them accepts it.
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readServiceConfiguration } from "../../src/http/service-configuration.ts";
import { createTokenVerifier } from "../../src/security/verify-token.ts";
import { environmentOf, PROVIDERS } from "../http/token-providers.ts";
import { runCli } from "./support/run-cli.ts";

const USER = "b2000000-0000-4000-8000-000000000001";
const SECRET = "a secret for tests, of 32 bytes or more";

const CONFIGURED: [string, Record<string, string>][] = [
  ["nothing", {}],
  ...PROVIDERS.map((provider): [string, Record<string, string>] => [
    provider.name,
    environmentOf(provider),
  ]),
  [
    "a nested claim of a name with dots",
    { CONTACT_SYNC_JWT_USER_CLAIM: "https://hasura.io/jwt/claims.x-hasura-user-id" },
  ],
  ["one of several values", { CONTACT_SYNC_JWT_REQUIRED_CLAIMS: "azp=https://a.example,azp=b" }],
];

describe.each(CONFIGURED)("with the claims of %s", (_, variables) => {
  const environment = { ...variables, CONTACT_SYNC_JWT_SECRET: SECRET };
  const { tokens } = readServiceConfiguration(environment);
  const verify = createTokenVerifier({ ...tokens, jwksUrl: undefined });

  test("a user's token is accepted as theirs", async () => {
    const { stdout } = await runCli(["token", "--user", USER], { environment });
    expect(await verify(`Bearer ${stdout.trim()}`)).toEqual({
      role: "authenticated",
      userId: USER,
    });
  });

  test("a service token is accepted, or refused with what to send in its place", async () => {
    const result = await runCli(["token", "--role", "service_role"], { environment });
    if (tokens.roleClaim === null) {
      expect(result).toMatchObject({ code: 2, stdout: "" });
      expect(result.stderr).toContain("CONTACT_SYNC_SERVICE_KEYS");
      return;
    }
    expect(await verify(`Bearer ${result.stdout.trim()}`)).toEqual({ role: "service_role" });
  });
});

test.each([
  ["CONTACT_SYNC_SERVICE_KEYS", "a service key of thirty-two characters"],
  ["CONTACT_SYNC_JWKS_URL", "https://keys.example/jwks.json"],
])("with %s alone no token is made, for the service would take none", async (name, value) => {
  const dataDir = mkdtempSync(join(tmpdir(), "contact-sync-"));
  const environment = { CONTACT_SYNC_DATA_DIR: dataDir, [name]: value };
  for (const whose of [
    ["--user", USER],
    ["--role", "service_role"],
  ]) {
    const result = await runCli(["token", ...whose], { environment });
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("CONTACT_SYNC_JWT_SECRET");
    expect(result.stderr).toContain(name);
  }
  expect(readdirSync(dataDir)).toEqual([]);
});
