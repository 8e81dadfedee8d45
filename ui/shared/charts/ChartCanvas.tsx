/*
 * One ECharts canvas: made when the library has come, resized with its box, given a new option
 * whenever it changes, and taken down with the component. For a screen reader it is one picture
 * with a sentence; the table twin has the figures.
 */
import { Box, Skeleton } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";

interface Props {
  option: EChartsCoreOption;
  height: number;
  says: string;
  /** The chart, for saving its picture; nothing once it is gone. */
  onChart?: (chart: EChartsType | undefined) => void;
  /** A click on the point, slice or bar at this place of its series. */
  onPick?: ((at: number) => void) | undefined;
}

function useChart(box: React.RefObject<HTMLDivElement | null>): EChartsType | undefined {
  const [chart, setChart] = useState<EChartsType>();
  useEffect(() => {
    let gone = false;
    let made: EChartsType | undefined;
    let observer: ResizeObserver | undefined;
    void import("./echarts").then(({ init }) => {
      const host = box.current;
      if (gone || !host) {
        return;
      }
      made = init(host);
      observer = new ResizeObserver(() => made?.resize());
      observer.observe(host);
      setChart(made);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      made?.dispose();
    };
  }, [box]);
  return chart;
}

/** An option with media queries carries its common part inside. */
function withMotion(option: EChartsCoreOption, moves: boolean): EChartsCoreOption {
  const motion = { animation: moves, animationDuration: 350 };
  const base = option["baseOption"] as EChartsCoreOption | undefined;
  return base ? { ...option, baseOption: { ...motion, ...base } } : { ...motion, ...option };
}

export function ChartCanvas({ option, height, says, onChart, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useChart(box);
  const still = useReducedMotion();
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    onChart?.(chart);
    return () => onChart?.(undefined);
  }, [chart, onChart]);
  useEffect(() => {
    if (!chart || !onPick) {
      return;
    }
    const pick = (event: { dataIndex?: number }) => {
      if (event.dataIndex !== undefined) {
        onPick(event.dataIndex);
      }
    };
    chart.on("click", pick);
    return () => {
      if (!chart.isDisposed()) {
        chart.off("click", pick);
      }
    };
  }, [chart, onPick]);
  useEffect(() => {
    // Told once it has come to rest.
    chart?.on("finished", () => setDrawn(true));
  }, [chart]);
  useEffect(() => {
    if (chart && !chart.isDisposed()) {
      chart.setOption(withMotion(option, !still), { notMerge: true });
    }
  }, [chart, option, still]);
  return (
    <Box pos="relative" h={height}>
      {!chart && <Skeleton pos="absolute" inset={0} h={height} />}
      <div
        ref={box}
        role="img"
        aria-label={says}
        data-chart={drawn ? "ready" : "loading"}
        style={{ height, width: "100%" }}
      />
    </Box>
  );
}
