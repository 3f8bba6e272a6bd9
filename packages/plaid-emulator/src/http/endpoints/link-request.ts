// What `/link/token/create` takes: all that Plaid's own does, also what nothing follows from here.
import { Type } from '../../../../../src/std/type.ts'
import {
  type BodyOf,
  any,
  boolOrNull,
  codes,
  days,
  maybe,
  orNull,
  productsOrNull,
  text,
  textOrNull,
  token,
  webhook,
} from '../fields.ts'

/** The languages that Link speaks at Plaid. */
const linkLanguages = 'da de en es et fr hi it lt lv nl no pl pt ro sv vi'.split(' ')

const subtypes = Type.Object({ account_subtypes: Type.Array(text, { maxItems: 100 }) })
const FILTERS = {
  depository: Type.Optional(subtypes),
  credit: Type.Optional(subtypes),
  loan: Type.Optional(subtypes),
  investment: Type.Optional(subtypes),
  other: Type.Optional(subtypes),
}

export const LINK_REQUEST = {
  client_name: text,
  language: Type.Enum(linkLanguages),
  country_codes: codes,
  user: Type.Optional(Type.Object({ client_user_id: text })),
  user_id: textOrNull,
  products: productsOrNull,
  required_if_supported_products: productsOrNull,
  optional_products: productsOrNull,
  additional_consented_products: productsOrNull,
  webhook,
  access_token: orNull(token),
  access_tokens: any,
  link_customization_name: textOrNull,
  appearance_mode: any,
  redirect_uri: Type.Optional(Type.String({ maxLength: 2_000 })),
  android_package_name: any,
  institution_data: any,
  card_switch: any,
  account_filters: maybe(FILTERS),
  eu_config: any,
  institution_id: textOrNull,
  payment_configuration: any,
  payment_initiation: any,
  employment: any,
  income_verification: any,
  base_report: any,
  credit_partner_insights: any,
  cra_options: any,
  cra_report_parameter: any,
  consumer_report_permissible_purpose: any,
  auth: any,
  transfer: any,
  update: maybe({
    account_selection_enabled: boolOrNull,
    item_ids: any,
    reauthorization_enabled: any,
    user: any,
  }),
  identity_verification: any,
  statements: any,
  third_party_user_token: any,
  investments: any,
  investments_auth: any,
  hosted_link: maybe({
    delivery_method: any,
    completion_redirect_uri: textOrNull,
    url_lifetime_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 21 * 86_400 })),
    is_mobile_app: boolOrNull,
  }),
  transactions: maybe({ days_requested: days }),
  cashflow_report: any,
  cra_enabled: any,
  identity: any,
  financekit_supported: any,
  enable_multi_item_link: boolOrNull,
  user_token: any,
}
export type LinkRequest = BodyOf<typeof LINK_REQUEST>
