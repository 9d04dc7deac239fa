import { forgetDevice } from "../../contacts/devices/devices.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers, DeviceParams } from "../schemas/common.ts";
import { ForgottenData } from "../schemas/devices.ts";
import type { Route } from "./route.ts";

export const forgetDeviceRoute: Route = async (app, { engine }) => {
  app.delete(
    "/contacts/devices/:deviceId",
    {
      schema: {
        operationId: "forgetDevice",
        tags: ["changes"],
        summary: "Forget a device of the caller, with what only it holds",
        params: DeviceParams,
        response: answers(ForgottenData),
      },
    },
    async (request) => ({
      success: true as const,
      data: await forgetDevice(engine, ownerOf(request), request.params.deviceId),
    }),
  );
};
