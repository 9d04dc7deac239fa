import type { AddressBookFormat } from "../../readers/recognise.ts";

/** What `import` can be told. */
export interface ImportOptions {
  owner?: string | undefined;
  region?: string;
  format?: AddressBookFormat;
  columns?: (string | number)[];
  replace?: true;
  confirmRemoval?: true;
  device?: string;
  bulk?: true;
  batchSize?: number;
  deviceContacts?: number;
  strict?: true;
}
