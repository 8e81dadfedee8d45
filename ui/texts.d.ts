/* The catalogues as types: a key that no catalogue has is an error of the build. */
import "i18next";
import type admin from "./admin/texts/en.json";
import type jobs from "./admin/jobs/texts/en.json";
import type manage from "./admin/manage/texts/en.json";
import type charts from "./analytics/charts/texts/en.json";
import type group from "./analytics/group/texts/en.json";
import type rows from "./analytics/rows/texts/en.json";
import type analytics from "./analytics/texts/en.json";
import type coverage from "./shared/coverage/texts/en.json";
import type shared from "./shared/texts/en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shared";
    resources: {
      shared: typeof shared & typeof coverage;
      analytics: typeof analytics & typeof charts & typeof rows & typeof group;
      admin: typeof admin & typeof jobs & typeof manage;
    };
  }
}
