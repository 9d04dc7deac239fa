import { receiptKeys } from "../../directory/erase-user.ts";
import { answers } from "../schemas/common.ts";
import { ReceiptKeysData } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

export const receiptKeysRoute: Route = async (app, { engine }) => {
  app.get(
    "/.well-known/contact-sync-receipts",
    {
      exposeHeadRoute: true,
      schema: {
        operationId: "getReceiptKeys",
        tags: ["operation"],
        summary: "The public keys that receipts of erasures are verified with",
        description: "A JWK Set. It is empty for a database without a sealing key.",
        response: {
          ...answers(ReceiptKeysData),
          200: {
            description: "The keys.",
            content: { "application/json": { schema: ReceiptKeysData } },
          },
        },
      },
    },
    // As the schema has it, whose lists are not readonly.
    async () => ({ keys: [...(await receiptKeys(engine)).keys] }),
  );
};
