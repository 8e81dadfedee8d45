/*
 * The dealer form without its looks: first values, rules, and the message it becomes. Pure.
 */
import type { Dealer, DealerInput } from "@shared/api/types";

export interface DealerValues {
  dealer_id: string;
  dealer_name: string;
  upstream: string;
  upstream_dealer_id: string;
  api_key: string;
  secret_key: string;
  is_active: boolean;
}

export const MAX = { code: 10, name: 255, secret: 128 };
const CODE = /^[A-Za-z0-9_-]{1,10}$/;

export function firstValues(dealer: Dealer | undefined, upstreams: string[]): DealerValues {
  return {
    dealer_id: dealer?.dealer_id ?? "",
    dealer_name: dealer?.dealer_name ?? "",
    upstream: dealer?.upstream ?? (upstreams.length === 1 ? (upstreams[0] ?? "") : ""),
    upstream_dealer_id: dealer?.upstream_dealer_id ?? "",
    api_key: "",
    secret_key: "",
    is_active: dealer?.is_active ?? true,
  };
}

export function isCode(text: string): boolean {
  return CODE.test(text.trim());
}

function hasSecrets(values: DealerValues): boolean {
  return values.api_key.trim() !== "" || values.secret_key.trim() !== "";
}

/** A new dealer that can be fetched at once is tested first, and switched on when that is seen to work. */
export function isTestedFirst(values: DealerValues, known: Dealer | undefined): boolean {
  return !known && values.api_key.trim() !== "" && values.secret_key.trim() !== "";
}

/**
 * What is sent. A new dealer gets its upstream together with its credentials, which come from
 * there; without them it is a dealer that cannot be fetched so far. Secrets that were left empty are left out: they stay as they are. Of a known dealer
 * only what changed is sent, so that two people editing different fields do not undo each other.
 */
export function toMessage(values: DealerValues, known: Dealer | undefined): DealerInput {
  const message: DealerInput = {
    dealer_id: values.dealer_id.trim(),
    dealer_name: values.dealer_name.trim(),
    is_active: values.is_active && !isTestedFirst(values, known),
  };
  if (values.upstream && values.upstream !== known?.upstream && (known || hasSecrets(values))) {
    message.upstream = values.upstream;
  }
  const code = values.upstream_dealer_id.trim();
  if (code && code !== known?.upstream_dealer_id) {
    message.upstream_dealer_id = code;
  }
  for (const name of ["api_key", "secret_key"] as const) {
    const secret = values[name].trim();
    if (secret) {
      message[name] = secret;
    }
  }
  if (known) {
    const change = message as Partial<DealerInput>;
    if (message.dealer_name === known.dealer_name) {
      delete change.dealer_name;
    }
    if (message.is_active === known.is_active) {
      delete change.is_active;
    }
  }
  return message;
}

/** True when a message for a known dealer would change nothing. */
export function changesNothing(message: DealerInput): boolean {
  return Object.keys(message).every((name) => name === "dealer_id");
}
