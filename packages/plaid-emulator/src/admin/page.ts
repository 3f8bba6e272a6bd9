// The admin page: how the emulator stands, what came in last, and a form for every command of the
// table. It works without its script, which only keeps the upper part fresh.
import type { Command } from '../control/command.ts'
import { COMMANDS } from '../control/commands.ts'
import { errorCodes } from '../error-codes.ts'
import { html, type Html } from '../link/html.ts'
import { INSTITUTIONS, institutionById } from '../world/institutions.ts'
import { type Input, inputsOf } from './form.ts'
import { faultStatus, type Place, requestStatus, type Status, statusOf } from './status.ts'

/** What the last form did. */
export interface Outcome {
  command: string
  /** Null where it went well. */
  error: string | null
  answer: string
}

const requestsShownMax = 30

export function loginPage(complaint: string | null): string {
  return pageOf(
    'Emulator: sign in',
    html`<main class="narrow">
      <h1>Emulated Plaid</h1>
      ${complaint === null ? '' : html`<p role="alert">${complaint}</p>`}
      <form method="post" action="/emulator/login">
        <label for="token">Admin token</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autofocus
          autocomplete="current-password"
        />
        <button type="submit">Sign in</button>
      </form>
      <p class="note">The token that the emulator was started with.</p>
    </main>`,
  )
}

export function adminPage(place: Place, endpoints: string[], outcome: Outcome | undefined): string {
  const { context } = place
  return pageOf(
    'Emulated Plaid',
    html`<header>
        <h1>Emulated Plaid</h1>
        <form method="post" action="/emulator/logout">
          <button type="submit" class="quiet">Sign out</button>
        </form>
      </header>
      <main>
        ${outcome === undefined ? '' : outcomeBox(outcome)} ${statePart(place)}
        <section aria-labelledby="commands">
          <h2 id="commands">Commands</h2>
          <div class="commands">${COMMANDS.map(commandForm)}</div>
        </section>
        ${requestsPart(place)}
        ${list(
          'item_id',
          ['first', 'last', ...context.bank.items.all().map((item) => item.itemId)].slice(0, 200),
        )}
        ${list(
          'institution_id',
          INSTITUTIONS.map((institution) => institution.id),
        )}
        ${list('error_code', [...errorCodes.keys()])} ${list('endpoint', ['*', ...endpoints])}
      </main>`,
  )
}

/** What changes by itself: its script puts each part where that part stood. */
export function liveParts(place: Place): Html {
  return html`${statePart(place)}${requestsPart(place)}`
}

function statePart(place: Place): Html {
  const status = statusOf(place)
  const faults = place.context.faults.rules().map(faultStatus)
  return html`<div class="live" id="live-state">
    ${factsSection(status)}${itemsSection(status)}${faultsSection(faults)}
  </div>`
}

/** Below the commands, which would else move away from under the hand. */
function requestsPart({ context }: Place): Html {
  const latest = context.requests.latest().slice(0, requestsShownMax)
  return html`<div class="live" id="live-requests">
    ${requestsSection(latest.map(requestStatus))}
  </div>`
}

function outcomeBox({ command, error, answer }: Outcome): Html {
  return html`<section class="outcome" role="${error === null ? 'status' : 'alert'}">
    <strong>${error === null ? `${command}: done` : `${command}: ${error}`}</strong>
    ${answer === '' ? '' : html`<pre>${answer}</pre>`}
  </section>`
}

function factsSection(status: Status): Html {
  const { delivered, waiting, failed } = status.webhooks
  const institutions = Object.entries(status.institutions).map(([id, health]) => {
    return `${institutionById(id)?.name ?? id}: ${health.toLowerCase()}`
  })
  const story = status.scenario
  const facts: [string, string][] = [
    ['World’s clock', `${status.now.replace('T', ' ').replace('Z', ' UTC')}, ${status.clock}`],
    ['World', `${status.world}, seed ${status.seed}`],
    ['Items', String(status.item_count)],
    ['Rate limits', status.rate_limits],
    ['Webhooks', `${delivered} delivered, ${waiting} waiting, ${failed} given up`],
    ['Institutions', institutions.length === 0 ? 'nothing ordered' : institutions.join(', ')],
  ]
  if (story !== null) {
    facts.push(['Scenario', `${story.done} of ${story.steps} steps of ${story.file}`])
  }
  return html`<section aria-labelledby="state">
    <h2 id="state">State</h2>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${
      story === null || story.failed.length === 0
        ? ''
        : html`<ul>
            ${story.failed.map(({ line, message }) => html`<li>Line ${line}: ${message}</li>`)}
          </ul>`
    }
    <div class="buttons">
      ${['1h', '1d', '7d', '30d'].map((duration) =>
        button('advance', { duration }, `Advance ${duration}`),
      )}
      ${
        status.clock === 'runs'
          ? button('clock', { state: 'stands' }, 'Stop the clock')
          : button('clock', { state: 'runs' }, 'Let the clock run')
      }
    </div>
  </section>`
}

function itemsSection({ items, item_count }: Status): Html {
  return table(
    'Items',
    ['Institution', 'User', 'State', 'Item', 'Products', 'Webhook'],
    items.map((item) => [
      institutionById(item.institution_id)?.name ?? item.institution_id,
      item.username,
      item.error === null ? 'well' : html`<strong class="bad">${item.error}</strong>`,
      html`<code>${item.item_id}</code>`,
      item.products.join(', '),
      item.webhook ? 'yes' : 'no',
    ]),
    item_count > items.length ? `The first ${items.length} of ${item_count}.` : 'No Item yet.',
  )
}

function faultsSection(faults: ReturnType<typeof faultStatus>[]): Html {
  return table(
    'Faults that wait',
    ['Fault', 'For', 'What', 'When', ''],
    faults.map((fault) => [
      `#${fault.fault_id}`,
      [fault.endpoint, textOf(fault.item_id), fault.institution_id].filter(Boolean).join(', '),
      [
        fault.error_code ?? fault.answer,
        fault.latency_ms + fault.jitter_ms > 0 &&
          `after ${fault.latency_ms} to ${fault.latency_ms + fault.jitter_ms} ms`,
      ]
        .filter(Boolean)
        .join(', '),
      [
        fault.times_left === null ? 'every time' : `${fault.times_left} more`,
        fault.probability < 1 && `with probability ${fault.probability}`,
        fault.until !== null && `until ${fault.until}`,
      ]
        .filter(Boolean)
        .join(', '),
      button('clear_faults', { fault_id: String(fault.fault_id) }, `Clear #${fault.fault_id}`),
    ]),
    'None.',
  )
}

function textOf(selector: unknown): string {
  if (selector === null) return ''
  return typeof selector === 'string' ? selector : JSON.stringify(selector)
}

function requestsSection(requests: ReturnType<typeof requestStatus>[]): Html {
  return table(
    'Last requests',
    ['Status', 'Path', 'Error', 'Item', 'ms', 'At'],
    requests.map((request) => [
      request.status === 0 ? html`<span class="bad">no answer</span>` : String(request.status),
      html`<code>${request.path}</code>`,
      request.error_code ?? '',
      html`<code>${request.item_id?.slice(0, 8) ?? ''}</code>`,
      String(request.ms),
      request.at.slice(0, 19).replace('T', ' '),
    ]),
    'None yet.',
  )
}

function table(title: string, names: string[], rows: (string | Html)[][], empty: string): Html {
  const id = title.toLowerCase().replaceAll(' ', '-')
  const head = names.map((name) =>
    name === ''
      ? html`<th scope="col"><span class="unseen">Action</span></th>`
      : html`<th scope="col">${name}</th>`,
  )
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  )
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${
      rows.length === 0
        ? html`<p class="note">${empty}</p>`
        : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${id}">
            <table>
              <thead>
                <tr>
                  ${head}
                </tr>
              </thead>
              <tbody>
                ${body}
              </tbody>
            </table>
          </div>`
    }
  </section>`
}

/** A command with everything filled in. */
function button(name: string, fields: Record<string, string>, label: string): Html {
  return html`<form method="post" action="/emulator/do/${name}">
    ${Object.entries(fields).map(
      ([field, value]) => html`<input type="hidden" name="${field}" value="${value}" />`,
    )}
    <button type="submit" class="quiet">${label}</button>
  </form>`
}

function commandForm(command: Command): Html {
  const { name, doc } = command
  return html`<details>
    <summary>${name}</summary>
    <form method="post" action="/emulator/do/${name}">
      <p>${doc}</p>
      ${inputsOf(command).map((input) => inputOf(name, input))}
      <button type="submit">Run ${name}</button>
    </form>
  </details>`
}

const LISTED = new Set(['item_id', 'institution_id', 'error_code', 'endpoint'])

function inputOf(command: string, { name, kind, required, choices }: Input): Html {
  const id = `${command}-${name}`
  const must = required ? html` required` : ''
  const label = html`<label for="${id}"
    >${name}${required ? '' : html` <small>optional</small>`}</label
  >`
  if (kind === 'choice' || kind === 'switch') {
    const offered = kind === 'switch' ? ['true', 'false'] : choices
    return html`${label}<select id="${id}" name="${name}" ${must}>
        ${required ? '' : html`<option value=""></option>`}
        ${offered.map((choice) => html`<option>${choice}</option>`)}
      </select>`
  }
  const type = kind === 'number' ? html`type="number" step="any"` : html`type="text"`
  const from = LISTED.has(name) ? html` list="list-${name}"` : ''
  const example = { value: 'an id, or {name: …}', list: 'one, another' }[kind as string]
  const hint = example && !LISTED.has(name) ? html` placeholder="${example}"` : ''
  return html`${label}<input
      id="${id}"
      name="${name}"
      ${type}${must}${from}${hint}
      autocomplete="off"
    />`
}

function list(name: string, values: string[]): Html {
  return html`<datalist id="list-${name}">
    ${values.map((value) => html`<option value="${value}"></option>`)}
  </datalist>`
}

function pageOf(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/emulator/assets/admin.css" />
        <script src="/emulator/assets/admin.js" defer></script>
      </head>
      <body>
        ${body}
      </body>
    </html> `.text
}
