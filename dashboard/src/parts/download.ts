/** Gives the browser a file to keep. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Any text of a user's, as a part of a file's name. */
export const inFileName = (text: string) => text.replace(/[^\w.-]+/g, "_").slice(0, 80);
