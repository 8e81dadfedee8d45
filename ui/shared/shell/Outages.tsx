/*
 * The notice that what is shown may be old, loaded a moment after the page, as the first picture is no old one; and
 * not only when it is needed, for then it could not be loaded.
 */
import type { BoxProps } from "@mantine/core";
import { useEffect, useState, type ComponentType } from "react";

const LATER_MS = 2_000;
const AGAIN_MS = 5_000;

export function Outages(room: Pick<BoxProps, "px" | "pt" | "mb">) {
  const [Notice, setNotice] = useState<ComponentType<{ room: BoxProps }>>();
  useEffect(() => {
    const load = () =>
      void import("./OutageNotice").then(
        (made) => setNotice(() => made.OutageNotice),
        () => (timer = setTimeout(load, AGAIN_MS)),
      );
    let timer = setTimeout(load, LATER_MS);
    return () => clearTimeout(timer);
  }, []);
  return Notice && <Notice room={room} />;
}
