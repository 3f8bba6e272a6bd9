// PLAID_PRODUCTS as the catalog has it.
import { products, type StreamProduct } from '../catalog/stream.ts'

export function productsOf(given: readonly string[]): StreamProduct[] {
  return products.filter((product) => given.includes(product))
}
