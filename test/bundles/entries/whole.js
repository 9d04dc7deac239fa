import * as client from "@contact-sync/client";

globalThis.bundled = client;
