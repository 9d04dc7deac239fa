import type { UserExport } from "@contact-sync/client";
import { Done, useDeed } from "../parts/deed.tsx";
import { download, inFileName } from "../parts/download.ts";
import { FailureNote } from "../parts/failure-note.tsx";

export function Export({ userId }: { userId: string }) {
  const deed = useDeed<UserExport>();
  const run = () =>
    deed.run(`users/${encodeURIComponent(userId)}/export`, {}, (data) => {
      const name = `contact-sync-${inFileName(userId)}.json`;
      download(name, "application/json", `${JSON.stringify(data, null, 2)}\n`);
      return `Saved as ${name}.`;
    });
  return (
    <div class="deed">
      <div>
        <h3>Export</h3>
        <p class="quiet">
          Everything as one JSON file, numbers as phone hashes: what the user may ask for.
        </p>
      </div>
      <button type="button" disabled={deed.isUnderWay} onClick={() => void run()}>
        {deed.isUnderWay ? "Collecting …" : "Export as JSON"}
      </button>
      <Done deed={deed} />
      {deed.failure !== undefined && <FailureNote failure={deed.failure} retry={false} />}
    </div>
  );
}
