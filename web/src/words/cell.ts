// A cell of a table or a query's result, as text.
export interface GridColumn {
  name: string
  type: string
}

export type Value = string | number | boolean | null | object

const numeric = /^(int|bigint|smallint|numeric|real|double|float|decimal|oid)/i

export function isNumeric(type: string): boolean {
  return numeric.test(type)
}

const moneyLike = /amount|balance|limit|total|sum|spend|spent|income|price/i

/** By its name: what privacy hides. */
export function isMoneyLike({ name, type }: GridColumn): boolean {
  return isNumeric(type) && moneyLike.test(name)
}

export function textOf(value: Value): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
