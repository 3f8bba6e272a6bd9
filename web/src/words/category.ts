// FOOD_AND_DRINK as a person reads it.
import { brief } from './hostile.ts'

export function inWords(category: string | null): string {
  if (category === null) return '–'
  const text = brief(category).replaceAll('_', ' ').toLowerCase()
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
