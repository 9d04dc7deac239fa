// Tokens as auth systems issue them: header, claims and key in the form that the page named shows,
// with invented values. The settings are those that docs/tokens.md tells to set.
import { readServiceConfiguration } from "../../src/http/service-configuration.ts";
import type { TokenSettings } from "../../src/security/verify-token.ts";
import { readDocument, sectionsOf } from "../acceptance/support/markdown.ts";

const SECTIONS = sectionsOf(await readDocument("docs/tokens.md"));
const UUID = "3f6c1d2e-8a4b-4c5d-9e6f-70819a2b3c4d";
const now = Math.floor(Date.now() / 1000);

export interface Provider {
  /** The heading of its section in docs/tokens.md. */
  readonly name: string;
  /** What the forms are taken from; the section names it. */
  readonly source: string;
  readonly alg: string;
  readonly header: object;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Whom the token speaks for. */
  readonly userId: string;
  /** Claims of tokens that are valid and open nothing, and with what. */
  readonly refused: readonly [
    what: string,
    claims: object,
    code: "NOT_ALLOWED" | "UNAUTHENTICATED",
  ][];
  /** Claims that make a token the back end's. */
  readonly service?: object;
}

export const PROVIDERS: readonly Provider[] = [
  {
    name: "Supabase",
    source: "https://supabase.com/docs/guides/auth/jwt-fields",
    alg: "ES256",
    header: { typ: "JWT" },
    claims: {
      iss: "https://PROJECT.supabase.co/auth/v1",
      sub: UUID,
      aud: "authenticated",
      iat: now,
      email: "",
      phone: "201001234567",
      app_metadata: { provider: "phone", providers: ["phone"] },
      user_metadata: { phone_verified: true },
      role: "authenticated",
      aal: "aal1",
      amr: [{ method: "otp", timestamp: now }],
      session_id: "8f7e6d5c-4b3a-4291-8070-605040302010",
      is_anonymous: false,
    },
    userId: UUID,
    refused: [
      ["an anonymous sign-in", { is_anonymous: true }, "NOT_ALLOWED"],
      ["the anon key", { role: "anon", sub: undefined }, "NOT_ALLOWED"],
    ],
    service: { role: "service_role", sub: undefined },
  },
  {
    name: "Firebase",
    source:
      "https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library",
    alg: "RS256",
    header: { typ: "JWT" },
    claims: {
      iss: "https://securetoken.google.com/PROJECT",
      aud: "PROJECT",
      auth_time: now,
      user_id: "Jx2mQ8vTn4Rk0WzYb7LcD1sFhGp3",
      sub: "Jx2mQ8vTn4Rk0WzYb7LcD1sFhGp3",
      iat: now,
      phone_number: "+201001234567",
      firebase: { identities: { phone: ["+201001234567"] }, sign_in_provider: "phone" },
    },
    userId: "Jx2mQ8vTn4Rk0WzYb7LcD1sFhGp3",
    refused: [
      [
        "an anonymous sign-in",
        {
          provider_id: "anonymous",
          phone_number: undefined,
          firebase: { identities: {}, sign_in_provider: "anonymous" },
        },
        "NOT_ALLOWED",
      ],
      [
        "another project's user",
        { iss: "https://securetoken.google.com/another", aud: "another" },
        "UNAUTHENTICATED",
      ],
      [
        "a session cookie",
        { iss: "https://session.firebase.google.com/PROJECT" },
        "UNAUTHENTICATED",
      ],
    ],
  },
  {
    name: "Auth0",
    source: "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
    alg: "RS256",
    header: { typ: "JWT" },
    claims: {
      iss: "https://my-app.eu.auth0.com/",
      sub: "auth0|507f1f77bcf86cd799439020",
      aud: ["https://contacts.my-app.example", "https://my-app.eu.auth0.com/userinfo"],
      iat: now,
      scope: "openid profile offline_access",
      azp: "my_client_id",
      permissions: [],
    },
    userId: "auth0|507f1f77bcf86cd799439020",
    refused: [
      [
        "an ID token, whose audience is the app",
        { aud: "my_client_id", nonce: "n-0S6_WzA2Mj", scope: undefined, azp: undefined },
        "UNAUTHENTICATED",
      ],
      [
        "a program's",
        { sub: "my_client_id@clients", gty: "client-credentials", scope: undefined },
        "NOT_ALLOWED",
      ],
    ],
  },
  {
    name: "Auth0",
    source: "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
    alg: "RS256",
    // The RFC 9068 profile.
    header: { typ: "at+jwt" },
    claims: {
      iss: "https://my-app.eu.auth0.com/",
      sub: "google-oauth2|103547991597142817347",
      aud: ["https://contacts.my-app.example", "https://my-app.eu.auth0.com/userinfo"],
      iat: now,
      scope: "openid profile offline_access",
      jti: "73WakrfVbNJBaAmhQtEeDv",
      client_id: "my_client_id",
    },
    userId: "google-oauth2|103547991597142817347",
    refused: [["a program's", { sub: "my_client_id@clients" }, "NOT_ALLOWED"]],
  },
  {
    name: "Clerk",
    source: "https://clerk.com/docs/guides/sessions/session-tokens",
    alg: "RS256",
    header: { typ: "JWT", cat: "cl_B7d4PD111AAA" },
    claims: {
      azp: "https://my-app.example",
      fva: [7, -1],
      iat: now,
      iss: "https://clerk.my-app.example",
      jti: "4e0b2f1d9c8a7b6e5d43",
      nbf: now - 10,
      pla: "u:free",
      sid: "sess_2r5tQmY8kLw0ZxVbN4cPdE7fGhJ",
      sts: "active",
      sub: "user_2r5tQkX1jHv9YwUaM3bOcD6eFgI",
      v: 2,
    },
    userId: "user_2r5tQkX1jHv9YwUaM3bOcD6eFgI",
    refused: [["a pending session", { sts: "pending" }, "NOT_ALLOWED"]],
  },
  {
    name: "Cognito",
    source:
      "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
    alg: "RS256",
    header: {},
    claims: {
      sub: UUID,
      "cognito:groups": ["testgroup"],
      iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE",
      version: 2,
      client_id: "1example23456789",
      origin_jti: "0c1d2e3f-4a5b-4c6d-8e7f-901122334455",
      event_id: "64f513be-32db-42b0-b78e-b02127b4f463",
      token_use: "access",
      scope: "phone openid profile email",
      auth_time: now,
      iat: now,
      jti: "5b9f50a3-05da-454a-8b99-b79c2349de77",
      username: "omar",
    },
    userId: UUID,
    refused: [
      [
        "an ID token",
        {
          token_use: "id",
          aud: "1example23456789",
          client_id: undefined,
          "cognito:username": "omar",
          "custom:role": "service_role",
        },
        "UNAUTHENTICATED",
      ],
      ["another app client's", { client_id: "2example23456789" }, "UNAUTHENTICATED"],
      ["one of no client", { client_id: undefined }, "UNAUTHENTICATED"],
      [
        "one that names a list of clients",
        { client_id: { 0: "1example23456789" } },
        "UNAUTHENTICATED",
      ],
      ["a program's", { sub: "1example23456789", username: undefined }, "NOT_ALLOWED"],
    ],
  },
  {
    name: "Keycloak",
    source: "https://www.keycloak.org/docs/latest/server_admin/#_audience",
    alg: "RS256",
    header: { typ: "JWT" },
    claims: {
      iat: now,
      auth_time: now,
      jti: "onrtac:7d8e9f0a-1b2c-4d3e-8f50-617283940a1b",
      iss: "https://sso.my-app.example/realms/my-app",
      aud: ["contact-sync", "account"],
      sub: UUID,
      typ: "Bearer",
      azp: "phone-app",
      sid: "2a88c258-f73a-4103-b862-e1fbd8f4e04e",
      acr: "1",
      "allowed-origins": ["https://my-app.example"],
      realm_access: {
        roles: ["offline_access", "default-roles-my-app", "uma_authorization", "app-user"],
      },
      resource_access: { account: { roles: ["manage-account", "view-profile"] } },
      scope: "openid email profile",
      email_verified: true,
      preferred_username: "omar",
    },
    userId: UUID,
    refused: [
      ["an ID token", { typ: "ID", aud: "phone-app" }, "UNAUTHENTICATED"],
      ["an ID token with the audience", { typ: "ID" }, "UNAUTHENTICATED"],
      ["a refresh token", { typ: "Refresh" }, "UNAUTHENTICATED"],
      ["a logout token", { typ: "Logout" }, "UNAUTHENTICATED"],
      [
        "somebody's without the role",
        { realm_access: { roles: ["default-roles-my-app"] } },
        "NOT_ALLOWED",
      ],
      ["one without roles", { realm_access: undefined }, "NOT_ALLOWED"],
      [
        "a program's, which has another role",
        {
          preferred_username: "service-account-phone-app",
          client_id: "phone-app",
          realm_access: { roles: ["default-roles-my-app"] },
        },
        "NOT_ALLOWED",
      ],
    ],
    service: { realm_access: { roles: ["default-roles-my-app", "contact-sync-back-end"] } },
  },
];

/** What a section of docs/tokens.md tells to set; the keys are fetched from `jwksUrl` all the same. */
export function settingsOf(provider: Provider, jwksUrl: string): TokenSettings {
  const environment = environmentOf(provider);
  const { tokens } = readServiceConfiguration(environment);
  const userIds = environment["CONTACT_SYNC_USER_IDS"] === "text" ? "text" : "uuid";
  return { ...tokens, userIds, jwksUrl };
}

/** The variables of its block there. */
export function environmentOf({ name, source }: Provider): Record<string, string> {
  const section = SECTIONS.find(({ heading }) => heading === name);
  if (!section?.text.includes(source)) throw new Error(`${name}: the section names another page`);
  return Object.fromEntries(
    [...(section.fences[0]?.code ?? "").matchAll(/^([A-Z_]+)=(\S+)$/gm)].map(([, key, value]) => [
      key as string,
      value as string,
    ]),
  );
}
