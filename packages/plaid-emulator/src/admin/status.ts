// How the emulator stands, for the admin API and its page.
import type { ListedItem } from '../bank/items.ts'
import type { FaultRule, ItemRecord, StateStore } from '../bank/state.ts'
import type { Context } from '../context.ts'
import type { LoggedRequest } from './request-log.ts'
import { instantText } from '../world/calendar.ts'

/** How many Items the status names. */
const itemsShownMax = 100

export interface Place {
  context: Context
  store: StateStore
}

export type Status = ReturnType<typeof statusOf>

export function statusOf({ context, store }: Place) {
  const items = context.bank.items.all()
  return {
    now: instantText(context.clock.now()),
    clock: context.clock.stands ? 'stands' : 'runs',
    seed: store.state.seed,
    world: store.state.world,
    rate_limits: context.limits.rates,
    item_count: context.bank.items.list(0, 0).total,
    items: items.slice(0, itemsShownMax).map(itemStatus),
    institutions: Object.fromEntries(context.health.ordered()),
    faults: context.faults.rules().length,
    webhooks: webhooksStatus(context),
    scenario: context.timeline.report(),
  }
}

export function listedStatus({ item, accessToken }: ListedItem) {
  return { ...itemStatus(item), access_token: accessToken }
}

function itemStatus(item: ItemRecord) {
  return {
    item_id: item.itemId,
    institution_id: item.institutionId,
    username: item.username,
    error: item.error,
    products: item.products,
    webhook: item.webhook !== null,
  }
}

/** Those that are remembered: Plaid keeps them for seven days. */
function webhooksStatus({ webhooks }: Context) {
  const counts = { delivered: 0, waiting: 0, failed: 0 }
  for (const { delivered, dueAt } of webhooks.events()) {
    counts[delivered ? 'delivered' : dueAt === null ? 'failed' : 'waiting']++
  }
  return counts
}

export function faultStatus(rule: FaultRule) {
  return {
    fault_id: rule.id,
    endpoint: rule.endpoint,
    item_id: rule.item,
    institution_id: rule.institutionId,
    error_code: rule.error?.code ?? null,
    answer: rule.answer,
    status: rule.status,
    latency_ms: rule.latencyMs,
    jitter_ms: rule.jitterMs,
    times_left: rule.timesLeft,
    probability: rule.probability,
    from: instantText(rule.from),
    until: rule.until === null ? null : instantText(rule.until),
  }
}

export function requestStatus(request: LoggedRequest) {
  return { ...request, at: instantText(request.at) }
}
