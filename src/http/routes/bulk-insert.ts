import { Readable } from "node:stream";
import { ContactSyncError } from "@contact-sync/client";
import type { Static, TSchema } from "typebox";
import { bulkInsertContacts } from "../../contacts/bulk-insert/bulk-insert.ts";
import type { BulkContact } from "../../contacts/bulk-insert/bulk-insert-item.ts";
import type { BulkInsertOptions } from "../../contacts/bulk-insert/bulk-insert-options.ts";
import type { Replay } from "../plugins/idempotency.ts";
import {
  BulkInsertBody,
  BulkInsertData,
  BulkInsertQuery,
  DescribedBulkInsertBody,
} from "../schemas/bulk-insert.ts";
import { answers, IdempotencyHeaders } from "../schemas/common.ts";
import { streamedImport } from "../streamed-import.ts";
import type { CountedRoute } from "./route.ts";

export const NDJSON = "application/x-ndjson";

// Read line by line: no schema sees them whole, but the document says what they are.
const ContactLines = { description: "A contact a line, each as in `contacts` of the JSON body." };
const ProgressLines = {
  description:
    '`{"progress": …}` after each chunk; the last line is the answer in one piece, or a problem.',
};

// The whole answer is short and names nobody.
const FIGURES_ONLY: Replay = { keep: (data) => data, restore: (_request, data) => data };

const bodies = <Schema extends TSchema>(json: Schema) => ({
  content: { "application/json": { schema: json }, [NDJSON]: { schema: ContactLines } },
});

export const bulkInsertRoute: CountedRoute = async (app, { engine, metrics }) => {
  // Handed on as it comes, whatever its length: it is read as fast as it is stored.
  app.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));

  const insert = async (
    contacts: readonly BulkContact[] | AsyncIterable<BulkContact>,
    options: BulkInsertOptions,
  ) => {
    const result = await bulkInsertContacts(engine, contacts, options);
    metrics.countWrite(result);
    return result;
  };

  app.post(
    "/contacts/bulk-insert",
    {
      config: { replay: FIGURES_ONLY, describedBody: bodies(DescribedBulkInsertBody) },
      schema: {
        operationId: "bulkInsertContacts",
        tags: ["directory"],
        summary: "Store contacts of any owners",
        description:
          "For the app's back end. As application/json up to 10,000 contacts, all or nothing. As application/x-ndjson, a contact a line, up to 1,000,000: chunks of 5,000 commit one by one, a line of progress is answered after each, and the last line is the result or the problem.",
        headers: IdempotencyHeaders,
        querystring: BulkInsertQuery,
        body: bodies(BulkInsertBody),
        response: answers(BulkInsertData, { [NDJSON]: { schema: ProgressLines } }),
      },
    },
    async (request, reply) => {
      if (request.body instanceof Readable) {
        const { batchSize } = request.query;
        const lines = await streamedImport(request, request.body, (contacts, options) =>
          insert(contacts, { ...options, batchSize }),
        );
        // Of another form than the schema's, which is for the answer in one piece.
        return reply.type(NDJSON).send(lines as never) as never;
      }
      // Schemas by content type see nothing of a request that has none.
      if (request.body === undefined || request.body === null) {
        throw new ContactSyncError("INVALID_REQUEST", "the request has no body");
      }
      const { contacts, batchSize } = request.body as Static<typeof BulkInsertBody>;
      const data = await insert(contacts as BulkContact[], { batchSize });
      return { success: true as const, data };
    },
  );
};
