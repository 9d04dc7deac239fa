import type { Erasure } from "@contact-sync/client";
import { useSignal } from "@preact/signals";
import { Done, useDeed } from "../parts/deed.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { download, inFileName } from "../parts/download.ts";
import { FailureNote } from "../parts/failure-note.tsx";
import { Row, Rows } from "../parts/rows.tsx";
import { whole } from "../parts/words.ts";

export function Erase({ userId, onErased }: { userId: string; onErased: () => void }) {
  const isAsked = useSignal(false);
  const typed = useSignal("");
  const deed = useDeed<Erasure>();
  const close = () => {
    isAsked.value = false;
    typed.value = "";
  };
  const isConfirmed = typed.value !== "" && withoutBlanks(typed.value) === withoutBlanks(userId);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isConfirmed) return;
    const question = { method: "DELETE" } as const;
    const path = `users/${encodeURIComponent(userId)}`;
    if (!(await deed.run(path, question, () => "The user is erased."))) return;
    close();
    onErased();
  };
  return (
    <div class="deed">
      <div>
        <h3>Erase</h3>
        <p class="quiet">
          Removes the user's book, numbers, devices and links to them, for good. There is a signed
          receipt, which nobody else keeps.
        </p>
      </div>
      <button
        type="button"
        class="danger"
        onClick={() => {
          deed.forget();
          isAsked.value = true;
        }}
      >
        Erase …
      </button>
      <Done deed={deed} />
      {deed.data !== undefined && <Receipt userId={userId} erasure={deed.data} />}
      {isAsked.value && (
        <Dialog title="Erase this user for good?" onClose={close}>
          <p>
            Book, numbers, devices, choices and the links to them are removed. It can't be undone.
          </p>
          <form class="fields column" onSubmit={submit}>
            <label>
              <span>
                To confirm, type the user's id: <bdi class="id">{userId}</bdi>
              </span>
              <input
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                value={typed.value}
                onInput={(event) => {
                  typed.value = event.currentTarget.value;
                }}
              />
            </label>
            {deed.failure !== undefined && <FailureNote failure={deed.failure} retry={false} />}
            <div class="buttons">
              <button type="submit" class="danger" disabled={!isConfirmed || deed.isUnderWay}>
                {deed.isUnderWay ? "Erasing …" : "Erase for good"}
              </button>
              <button type="button" onClick={close}>
                Cancel
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </div>
  );
}

/** An id may begin or end with what nobody sees, and hold what no field lets anybody type. */
function withoutBlanks(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, "");
}

function Receipt({ userId, erasure }: { userId: string; erasure: Erasure }) {
  const { receipt, links_pending } = erasure;
  return (
    <div class="receipt">
      <Rows>
        <Row name="Contacts deleted">{whole(erasure.contacts_deleted)}</Row>
        <Row name="Numbers taken out of the directory">{whole(erasure.phones_unlinked)}</Row>
        <Row name="Links that a back end gave">{whole(erasure.given_links_removed)}</Row>
        <Row name="Syncs that are now counts">{whole(erasure.runs_folded)}</Row>
        {links_pending !== undefined && (
          <Row name="Numbers whose links are being removed">
            {whole(links_pending)}; nobody is shown them
          </Row>
        )}
      </Rows>
      {receipt === null ? (
        <p class="quiet">There is no receipt: the database has no sealing key to sign with.</p>
      ) : (
        <>
          <p>
            The receipt, signed. It is shown this once:{" "}
            <button
              type="button"
              onClick={() =>
                download(`receipt-${inFileName(userId)}.jws`, "application/jose", receipt)
              }
            >
              Save the receipt
            </button>
          </p>
          <code class="receipt-text">{receipt}</code>
        </>
      )}
    </div>
  );
}
