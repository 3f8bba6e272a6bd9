// How large the world `scale` is, and may be: its Items are computed, so that size costs nothing.
export interface Scale {
  items: number
  /** Rows of each Item. */
  transactions: number
}

export const SCALE_DEFAULT: Scale = { items: 1_000, transactions: 10_000 }
export const scaleItemsMax = 100_000
/** Rows of one Item. */
export const scaleRowsMax = 50_000_000
