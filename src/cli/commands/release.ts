import { defineCommand } from "../command.ts";
import { user } from "../option-values.ts";

export const releaseCommand = defineCommand({
  usage: "release",
  summary: "Release an owner who is held as a suspect.",
  description:
    "They get new links again, and the linker gives them those that were withheld. Somebody who is not held is no error.",
  examples: ["release 970dabb7-2bcc-441a-a93c-a4a756f72cee"],
  configure: (command) => command.argument("<user>", "what the app calls the user"),
  async run({ printer, configuration, withContactSync }, _, operand = "") {
    const userId = user(configuration, operand, "the user");
    const released = await withContactSync(({ contactSync }) => contactSync.releaseOwner(userId));
    printer.json(released);
    printer.line(released.released ? "Released." : "Nobody held them.");
    return undefined;
  },
});
