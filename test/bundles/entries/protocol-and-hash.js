import * as hashing from "@contact-sync/client/hashing";
import * as protocol from "@contact-sync/client/protocol";

globalThis.bundled = { ...hashing, ...protocol };
