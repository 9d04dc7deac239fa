import { listDevices } from "../../contacts/devices/devices.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { DevicesData } from "../schemas/devices.ts";
import type { Route } from "./route.ts";

export const listDevicesRoute: Route = async (app, { engine }) => {
  app.get(
    "/contacts/devices",
    {
      schema: {
        operationId: "listDevices",
        tags: ["changes"],
        summary: "The devices that the caller syncs from",
        response: answers(DevicesData),
      },
    },
    async (request) => {
      const devices = await listDevices(engine, ownerOf(request));
      return {
        success: true as const,
        data: {
          devices: devices.map((device) => ({
            ...device,
            created_at: device.created_at.toISOString(),
            last_seen_at: device.last_seen_at.toISOString(),
          })),
        },
      };
    },
  );
};
