/* The days of one dealer as a small line. For a screen reader it is one sentence. */
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";
import { linePoints } from "./groupRange";

const WIDTH = 120;
const EDGE = 2;

interface Props {
  series: number[];
  height: number;
  /** What the upper edge stands for; the largest day of the series if absent. */
  top?: number | undefined;
  wide?: boolean;
}

export function Line({ series, height, top, wide = false }: Props) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const max = Math.max(0, ...series);
  const points = linePoints(series, top ?? max, WIDTH, height - 2 * EDGE);
  return (
    <svg
      viewBox={`0 ${-EDGE} ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      width={wide ? "100%" : WIDTH}
      height={height}
      role="img"
      aria-label={t("group.seriesSays", {
        max: format.count(max),
        last: format.count(series[series.length - 1] ?? 0),
      })}
      data-series={series.length}
      style={{ display: "block", color: "var(--group-line)" }}
    >
      <polygon points={`0,${height} ${points} ${WIDTH},${height}`} fill="currentColor" opacity={0.12} />
      <polyline
        points={points}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
