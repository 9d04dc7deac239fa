import { join } from "node:path";
import { print, ROOT } from "./tools.ts";

export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly [name: string]: unknown;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

export async function readCompose(): Promise<Compose> {
  const [documents] = await print<Compose[][]>("print-yaml.js", join(ROOT, "compose.yaml"));
  return documents?.[0] as Compose;
}

/** What a service is told, with the variables of .env put in; those without a value are left out. */
export function environmentOf(
  { environment = {} }: ComposeService,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const told = Object.entries(environment).map(([name, value]) => [
    name,
    value === null ? variables[name] : interpolated(value, variables),
  ]);
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

/** `${NAME}` and `${NAME:?what is missing}`. */
function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::\?([^}]*))?\}/g, (_, name: string, complaint?: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${name} ${complaint ?? "is not set"}`);
    return value;
  });
}
