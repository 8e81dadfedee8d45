/*
 * Errors of single fields, from a problem document to a form, in the language of the page.
 */
import { ApiError } from "./client";
import { spokenError, spokenField } from "./spoken";

export interface FormErrors<F extends string> {
  /** By field of the form. */
  fields: Partial<Record<F, string>>;
  /** What belongs to no field of the form. */
  others: string[];
}

/**
 * Sorts the field errors of `error` to the fields of a form. `names` maps a field of the message to
 * the form's own field, for forms that show several of them in one input.
 */
export function sortErrors<F extends string>(
  error: unknown,
  names: Record<string, F>,
): FormErrors<F> {
  const sorted: FormErrors<F> = { fields: {}, others: [] };
  if (!(error instanceof ApiError)) {
    return sorted;
  }
  for (const row of error.fields) {
    const { field } = row;
    const text = spokenField(row);
    const own = names[field.replace(/[.[].*$/, "")];
    if (own === undefined) {
      sorted.others.push(field ? `${field}: ${text}` : text);
    } else {
      sorted.fields[own] = sorted.fields[own] ? `${sorted.fields[own]} ${text}` : text;
    }
  }
  if (error.fields.length === 0) {
    sorted.others.push(spokenError(error));
  }
  return sorted;
}
