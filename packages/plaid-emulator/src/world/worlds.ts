// Which worlds there are, and how large `scale` is and may be. Apart from what happens in them, so
// that a list of options costs no world.

/** Whose life `user_good` shows. */
export const LIVES = ['sandbox', 'household', 'business', 'yuppie', 'worker'] as const
export type Life = (typeof LIVES)[number]
/** `dynamic` stands still until a refresh; the many Items of `scale` are there unlinked. */
export const WORLDS = [...LIVES, 'dynamic', 'scale'] as const
export type World = (typeof WORLDS)[number]

/** Items of `scale` are computed, so that size costs nothing. */
export interface Scale {
  items: number
  /** Rows of each Item. */
  transactions: number
}

export const SCALE_DEFAULT: Scale = { items: 1_000, transactions: 10_000 }
export const scaleItemsMax = 100_000
/** Rows of one Item. */
export const scaleRowsMax = 50_000_000
