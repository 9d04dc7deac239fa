import type { Severity } from "../../database/check/fault.ts";
import { toContactSyncError } from "../../database/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { readSettings } from "../../operation/settings.ts";
import type { RateLimits } from "../plugins/rate-limits.ts";
import { answers } from "../schemas/common.ts";
import { DoctorData, SettingsData } from "../schemas/operation.ts";
import { sharedAnswer } from "../shared-answer.ts";
import type { Route } from "./route.ts";

const SEVERITY: Record<Severity, "error" | "warning" | "note"> = {
  unsafe: "error",
  warning: "warning",
  note: "note",
};

/** What is wrong with the installation, and what is set. */
export const installationRoutes: Route<{ engine: Engine; limits: RateLimits }> = async (
  app,
  { engine, limits },
) => {
  // A look at everything: once at a time, however many ask.
  const faults = sharedAnswer(() => engine.examine(), 0);

  app.get(
    "/admin/doctor",
    {
      schema: {
        operationId: "getDoctor",
        tags: ["operation"],
        summary: "What is wrong with the installation",
        description:
          "What `contact-sync doctor` finds: rights, row-level security, indexes, the linker's queue, the key, clocks. It changes nothing; `contact-sync doctor --fix` mends what a statement can.",
        response: answers(DoctorData),
      },
    },
    async () => {
      const found = await faults().catch((error) => {
        throw toContactSyncError(error);
      });
      const findings = found.map(({ severity, code, object, problem, cure }) => ({
        severity: SEVERITY[severity],
        code,
        object,
        message: problem,
        cure,
      }));
      return { success: true as const, data: { findings } };
    },
  );

  app.get(
    "/admin/settings",
    {
      schema: {
        operationId: "getSettings",
        tags: ["operation"],
        summary: "The limits in force, and what is set",
        description: "The database's, whoever set them, and this process's.",
        response: answers(SettingsData),
      },
    },
    async () => ({ success: true as const, data: await readSettings(engine, limits) }),
  );
};
