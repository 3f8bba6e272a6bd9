// The options of who is told, and how; part of the one table (options.ts).
import { ConfigError } from '../../std/errors.ts'
import type { Options, OptionSpec } from '../../std/options.ts'

export const alertTable = {
  alertEmail: {
    env: 'TARTAN_ALERT_EMAIL',
    type: 'e-mails',
    applies: 'at start',
    group: 'Alerts',
    doc: 'Who is told by e-mail; empty: nobody.',
  },
  alertEmailFrom: {
    env: 'TARTAN_ALERT_EMAIL_FROM',
    type: 'e-mail',
    applies: 'at start',
    group: 'Alerts',
    doc: 'Whom such mail is from; empty: the first of those addresses.',
  },
  smtpUrl: {
    env: 'TARTAN_SMTP_URL',
    type: 'secret',
    applies: 'at start',
    group: 'Alerts',
    doc: 'Who takes the mail: smtps://user:password@host, smtp://host:port; empty: this machine.',
  },
  alertSlack: {
    env: 'TARTAN_ALERT_SLACK',
    type: 'secret',
    applies: 'at start',
    group: 'Alerts',
    doc: 'An incoming webhook of Slack’s, or of whatever takes the same: its address.',
  },
  alertWebhook: {
    env: 'TARTAN_ALERT_WEBHOOK',
    type: 'secret',
    applies: 'at start',
    group: 'Alerts',
    doc: 'An address that is sent alerts as JSON.',
  },
  alertWebhookKey: {
    env: 'TARTAN_ALERT_WEBHOOK_KEY',
    type: 'secret',
    applies: 'at start',
    group: 'Alerts',
    doc: 'The key that this JSON is signed with, as standardwebhooks.com says; empty: not signed.',
  },
  alertAirbyte: {
    env: 'TARTAN_ALERT_AIRBYTE_WEBHOOK',
    type: 'secret',
    applies: 'at start',
    group: 'Alerts',
    doc: 'An address that is sent alerts as Airbyte sends its notifications.',
  },
  alertCommand: {
    env: 'TARTAN_ALERT_COMMAND',
    type: 'string',
    applies: 'at start',
    group: 'Alerts',
    doc: 'The name of a command of TARTAN_COMMANDS_FILE that is given alerts as JSON.',
  },
  alertRepeatHours: {
    env: 'TARTAN_ALERT_REPEAT_HOURS',
    type: 'integer',
    default: 24,
    min: 1,
    max: 720,
    unit: 'hours',
    applies: 'at start',
    group: 'Alerts',
    doc: 'After how long an alert that goes on is told again.',
  },
  alertSeconds: {
    env: 'TARTAN_ALERT_SECONDS',
    type: 'integer',
    default: 30,
    min: 1,
    max: 3_600,
    unit: 'seconds',
    applies: 'at start',
    group: 'Alerts',
    doc: 'How often is looked whether there is something to tell.',
  },
} as const satisfies Record<string, OptionSpec & { applies: 'at start' }>

/** Never the text itself: the address of a webhook is a secret, too. */
export function requireWays(options: Options<typeof alertTable>): void {
  for (const key of ['alertWebhook', 'alertAirbyte', 'alertSlack'] as const) {
    requireAddress(alertTable[key].env, options[key]?.reveal(), /^https?:\/\//, 'https://host/path')
  }
  const mail = options.smtpUrl?.reveal()
  requireAddress(alertTable.smtpUrl.env, mail, /^smtps?:\/\//, 'smtps://user:password@host')
}

function requireAddress(field: string, text: string | undefined, scheme: RegExp, as: string) {
  if (text === undefined || (scheme.test(text) && URL.canParse(text))) return
  throw new ConfigError('OPTION_INVALID', `${field} must be ${as}`, { field })
}
