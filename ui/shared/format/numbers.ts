/*
 * Numbers as people read them. Pure: locale in, text out.
 */
export function formatCount(value: number, locale = "en-GB"): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** A share of a whole with at most one decimal; nothing of nothing is no share at all. */
export function formatShare(part: number, whole: number, locale = "en-GB"): string {
  if (whole <= 0) {
    return "–";
  }
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(
    part / whole,
  );
}

/** One decimal at most; `least` of them always. */
function formatDecimal(value: number, locale: string, least = 0): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: least,
    maximumFractionDigits: 1,
  }).format(value);
}

const UNITS_OF_TIME: Record<string, { h: string; min: string; s: string; ms: string }> = {
  en: { h: "h", min: "min", s: "s", ms: "ms" },
  id: { h: "jam", min: "mnt", s: "dtk", ms: "md" },
};

/** With its sign, one decimal at most: +12.5, -3. */
export function formatSigned(value: number, locale = "en-GB"): string {
  return new Intl.NumberFormat(locale, { signDisplay: "exceptZero", maximumFractionDigits: 1 }).format(
    value,
  );
}

/** 0 (of whole seconds) -> "< 1 s", 0.084 -> "84 ms", 2.41 -> "2.4 s", 75 -> "1 min 15 s", 3725 -> "1 h 2 min". */
export function formatDuration(seconds: number, locale = "en-GB"): string {
  const unit = UNITS_OF_TIME[locale.slice(0, 2)] ?? { h: "h", min: "min", s: "s", ms: "ms" };
  if (!Number.isFinite(seconds) || seconds < 0) {
    return "–";
  }
  if (seconds === 0) {
    return `< 1 ${unit.s}`;
  }
  if (seconds < 1) {
    return `${Math.round(seconds * 1000)} ${unit.ms}`;
  }
  if (seconds < 59.95) {
    return `${formatDecimal(seconds, locale)} ${unit.s}`;
  }
  const whole = Math.round(seconds);
  if (whole < 3600) {
    const rest = whole % 60;
    return rest
      ? `${Math.floor(whole / 60)} ${unit.min} ${rest} ${unit.s}`
      : `${whole / 60} ${unit.min}`;
  }
  const minutes = Math.floor((whole % 3600) / 60);
  const hours = Math.floor(whole / 3600);
  return minutes ? `${hours} ${unit.h} ${minutes} ${unit.min}` : `${hours} ${unit.h}`;
}

const UNITS = ["B", "KB", "MB", "GB"];

export function formatBytes(bytes: number, locale = "en-GB"): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : formatDecimal(value, locale, 1)} ${UNITS[unit]}`;
}

/** Done tasks of a job in percent, whole numbers; 100 only when all are done. */
export function percentDone(done: number, total: number): number {
  if (total <= 0) {
    return 0;
  }
  return done >= total ? 100 : Math.min(99, Math.floor((done / total) * 100));
}
