declare module "pg-copy-streams" {
  import type { Writable } from "node:stream";
  import type { Submittable } from "pg";

  /** COPY … FROM STDIN: what is written to the stream is copied. */
  export function from(text: string): Writable & Submittable;
}
