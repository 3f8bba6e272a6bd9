// What may stand in a request, as JSON schemas: the one description of each endpoint's input, from
// which its validation and its type follow. Fields that Plaid knows and we do not read are `any`.
import { type Static, type TProperties, Type } from 'typebox'
import { historyDays } from '../bank/bank.ts'
import { cursorCharactersMax } from '../item/cursor.ts'

const CREDENTIALS = {
  client_id: Type.Optional(Type.String()),
  secret: Type.Optional(Type.String()),
}
const TOKEN_LENGTH_MAX = 256

const closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const maybe = <P extends TProperties>(properties: P) =>
  Type.Optional(Type.Union([closed(properties), Type.Null()]))
const any = Type.Optional(Type.Unknown())
const text = Type.String({ minLength: 1, maxLength: 1_000 })
const textOrNull = Type.Optional(Type.Union([Type.String({ maxLength: 1_000 }), Type.Null()]))
const token = Type.String({ maxLength: TOKEN_LENGTH_MAX })
const bool = Type.Optional(Type.Boolean())
const codes = Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, maxItems: 50 })
const products = Type.Array(text, { maxItems: 50 })
const days = Type.Optional(Type.Integer({ minimum: historyDays.min, maximum: historyDays.max }))
const webhook = Type.Optional(
  Type.Union([Type.String({ pattern: '^(https?://.+)?$', maxLength: 2_000 }), Type.Null()]),
)
const accountIds = maybe({ account_ids: Type.Optional(Type.Array(text, { maxItems: 1_000 })) })

const request = <P extends TProperties>(properties: P) => closed({ ...CREDENTIALS, ...properties })

export const FIELDS = {
  exchange: request({ public_token: token }),
  item: request({ access_token: token }),
  itemRemove: request({ access_token: token, reason_code: textOrNull, reason_note: textOrNull }),
  accounts: request({ access_token: token, options: accountIds }),
  sync: request({
    access_token: token,
    cursor: Type.Optional(
      Type.Union([Type.String({ maxLength: cursorCharactersMax }), Type.Null()]),
    ),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    options: maybe({
      include_original_description: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
      include_personal_finance_category: bool,
      include_logo_and_counterparty_beta: bool,
      personal_finance_category_version: Type.Optional(
        Type.Union([Type.Literal('v1'), Type.Literal('v2')]),
      ),
      days_requested: days,
      account_id: Type.Optional(text),
    }),
  }),
  institution: request({
    institution_id: text,
    country_codes: codes,
    options: maybe({
      include_optional_metadata: bool,
      include_status: bool,
      include_auth_metadata: bool,
      include_payment_initiation_metadata: bool,
    }),
  }),
  sandboxToken: request({
    institution_id: text,
    initial_products: products,
    options: maybe({
      webhook,
      override_username: textOrNull,
      override_password: textOrNull,
      transactions: maybe({ start_date: any, end_date: any, days_requested: days }),
      statements: any,
      income_verification: any,
    }),
    user_token: any,
    user_id: any,
  }),
  linkGet: request({ link_token: token }),
  linkCreate: request({
    client_name: text,
    language: text,
    country_codes: codes,
    user: Type.Optional(Type.Object({ client_user_id: text })),
    user_id: any,
    products: Type.Optional(Type.Union([products, Type.Null()])),
    required_if_supported_products: Type.Optional(Type.Union([products, Type.Null()])),
    optional_products: Type.Optional(Type.Union([products, Type.Null()])),
    additional_consented_products: Type.Optional(Type.Union([products, Type.Null()])),
    webhook,
    access_token: Type.Optional(Type.Union([token, Type.Null()])),
    access_tokens: any,
    link_customization_name: any,
    appearance_mode: any,
    redirect_uri: Type.Optional(Type.String({ maxLength: 2_000 })),
    android_package_name: any,
    institution_data: any,
    card_switch: any,
    account_filters: any,
    eu_config: any,
    institution_id: any,
    payment_configuration: any,
    payment_initiation: any,
    employment: any,
    income_verification: any,
    base_report: any,
    credit_partner_insights: any,
    cra_options: any,
    consumer_report_permissible_purpose: any,
    auth: any,
    transfer: any,
    update: any,
    identity_verification: any,
    statements: any,
    third_party_user_token: any,
    investments: any,
    investments_auth: any,
    hosted_link: maybe({
      delivery_method: any,
      completion_redirect_uri: Type.Optional(
        Type.String({ pattern: '^https?://.+', maxLength: 2_000 }),
      ),
      url_lifetime_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 21 * 86_400 })),
      is_mobile_app: any,
    }),
    transactions: maybe({ days_requested: days }),
    cashflow_report: any,
    cra_enabled: any,
    identity: any,
    financekit_supported: any,
    enable_multi_item_link: any,
    user_token: any,
  }),
}

export type Body<K extends keyof typeof FIELDS> = Static<(typeof FIELDS)[K]>
