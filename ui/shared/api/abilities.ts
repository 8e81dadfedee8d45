/*
 * What the API can do that the pages can do without: as openapi.json said when they were built.
 */
declare const __REVEALS_QUARANTINE__: boolean;

export const CAN_REVEAL = {
  quarantine: typeof __REVEALS_QUARANTINE__ !== "undefined" && __REVEALS_QUARANTINE__,
};
