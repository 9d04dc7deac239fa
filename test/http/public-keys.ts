import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** A key as an auth system holds it: it signs, and publishes its public half. */
export interface SigningKey {
  readonly published: JWK;
  readonly privateKey: CryptoKey;
  /** For an hour, unless the claims say otherwise. */
  sign(claims: object, header?: object): Promise<string>;
}

export async function createSigningKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    published: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
    privateKey,
    sign: (claims, header) =>
      new SignJWT({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

/** Serves a set of public keys on this machine, as an auth system does. */
export interface PublicKeyServer {
  readonly url: string;
  /** What it answers from now on; null: 500, and a text as it is. */
  keys: SigningKey[] | string | null;
  /** Whether it keeps what it is asked waiting. */
  isHanging: boolean;
  /** How often it was asked. */
  readonly requests: () => number;
  /** Nobody reaches it any more, until it is switched on. */
  close(): Promise<void>;
  open(): Promise<void>;
}

export async function servePublicKeys(keys: SigningKey[]): Promise<PublicKeyServer> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    const { keys, isHanging } = served;
    if (isHanging) return;
    response.writeHead(keys === null ? 500 : 200, { "content-type": "application/json" });
    response.end(
      typeof keys === "string"
        ? keys
        : JSON.stringify({ keys: keys?.map(({ published }) => published) }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const served: PublicKeyServer = {
    url: `http://127.0.0.1:${port}/jwks.json`,
    keys,
    isHanging: false,
    requests: () => requests,
    async open() {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return served;
}
