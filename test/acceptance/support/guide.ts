import { type Fence, readDocument, sectionsOf } from "./markdown.ts";

const SECTIONS = sectionsOf(await readDocument("docs/contact-batch-operations-guide.md"));
const taken = new Set<Fence>();

/** The section under the one heading that begins like this. */
export function section(heading: string) {
  const [found, ...more] = SECTIONS.filter((candidate) => candidate.heading.startsWith(heading));
  if (found === undefined || more.length > 0) throw new Error(`not one section "${heading}"`);
  return found;
}

/** A snippet of a section, noted as run. */
export function snippet(heading: string, place = 0): string {
  const fence = section(heading).fences[place];
  if (fence === undefined) throw new Error(`"${heading}" has no fence ${place}`);
  taken.add(fence);
  return fence.code;
}

/** The fences that no call of `snippet` has taken. */
export function fencesLeft(): Fence[] {
  return SECTIONS.flatMap(({ fences }) => fences).filter((fence) => !taken.has(fence));
}
