// Plaid's products that this emulator does not model. An application may ask for them and its Items
// have them, so that it starts; their endpoints refuse what is asked of them (http/server.ts).

/** Whether they are taken, or refused where they are asked for. */
export const OTHER_PRODUCTS = ['taken', 'refused'] as const
export type OtherProducts = (typeof OTHER_PRODUCTS)[number]

const NAMES =
  'assets balance_plus beacon cra_base_report cra_cashflow_insights cra_home_lending ' +
  'cra_income_insights cra_lend_score cra_monitoring cra_network_insights ' +
  'cra_partner_insights cra_plaid_credit_score cra_qualify credit_details employment ' +
  'identity_match identity_verification income income_verification investments_auth layer ' +
  'pay_by_bank payment_initiation processor_identity processor_payments profile ' +
  'protect_linked_bank protect_transactions signal standing_orders statements transfer'
const others: ReadonlySet<string> = new Set(NAMES.split(' '))

export function isOtherProduct(name: string): boolean {
  return others.has(name)
}
