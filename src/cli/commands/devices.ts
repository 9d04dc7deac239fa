import { defineCommand } from "../command.ts";
import { deviceId, user } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { counted } from "../terminal/text.ts";

interface Options {
  owner: string;
  forget?: string;
}

export const devicesCommand = defineCommand<Options>({
  usage: "devices",
  summary: "List the devices that an owner syncs from, or forget one.",
  description:
    "A device that is forgotten takes its snapshot with it: contacts that nothing else holds leave the book.",
  examples: [
    "devices --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee",
    "devices --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee --forget old-phone",
  ],
  configure: (command) =>
    command
      .requiredOption("--owner <user>", "whose devices")
      .option("--forget <id>", "forget this one", deviceId),
  async run({ printer, configuration, withContactSync }, { owner: given, forget }) {
    const owner = user(configuration, given, "--owner");
    await withContactSync(async ({ contactSync }) => {
      if (forget !== undefined) {
        const forgotten = await contactSync.forgetDevice(owner, forget);
        printer.json(forgotten);
        printer.line(`Forgotten, with ${counted(forgotten.contacts_removed, "contact")}.`);
        return;
      }
      const devices = await contactSync.listDevices(owner);
      printer.json({ devices });
      const cells = devices.map(({ device_id, last_seen_at, contacts_count }) => [
        device_id,
        last_seen_at.toISOString(),
        counted(contacts_count, "contact"),
      ]);
      for (const line of tableLines(cells)) printer.line(line);
      if (devices.length === 0) printer.remark("no devices");
    });
    return undefined;
  },
});
