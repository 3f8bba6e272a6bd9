// Errors on order: a test says which call fails how often, and the door asks here first.
import { PlaidFault } from '../fault.ts'

export interface OrderedFault {
  endpoint: string
  itemId: string | undefined
  code: string
  times: number
}

/** Orders that wait at one time. */
export const orderedFaultsMax = 1_000

export class OrderedFaults {
  #orders: OrderedFault[] = []

  get count(): number {
    return this.#orders.length
  }

  add(order: OrderedFault): void {
    this.#orders.push({ ...order })
  }

  /** Throws the error that was ordered for this call, if one was. */
  meet(endpoint: string, itemId: string | undefined): void {
    const order = this.#orders.find(
      (each) => each.endpoint === endpoint && (each.itemId === undefined || each.itemId === itemId),
    )
    if (order === undefined) return
    order.times--
    if (order.times <= 0) this.#orders = this.#orders.filter((each) => each !== order)
    throw new PlaidFault(order.code)
  }
}
