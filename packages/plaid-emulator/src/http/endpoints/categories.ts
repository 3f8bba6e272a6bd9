// The legacy categories: the one list that Plaid gives to strangers.
import { legacyCategories } from '../../products/legacy-categories.ts'
import { type Endpoint, openEndpoint } from '../endpoint.ts'

const categories = legacyCategories()

export const categoryEndpoints: Endpoint[] = [
  openEndpoint('/categories/get', () => ({ categories })),
]
