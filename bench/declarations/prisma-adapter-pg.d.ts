declare module "@prisma/adapter-pg" {
  import type { Pool } from "pg";

  export class PrismaPg {
    constructor(pool: Pool, options: { schema: string });
    readonly provider: "postgres";
  }
}
