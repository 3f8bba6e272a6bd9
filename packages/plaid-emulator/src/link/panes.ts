// What each pane of Link looks like: forms that a keyboard, a phone and a program fill in alike.
import { institutionById, type Institution } from '../world/institutions.ts'
import { type Html, html } from './html.ts'
import type { Prompt } from '../bank/mfa.ts'
import { CHEVRON, EYE, LOCK, type Page } from './page.ts'
import { exited, failure, success } from './end-panes.ts'
import type { Offer, Pane } from './flow.ts'
import { complaintOf, logo, signInFields, type PaneView } from './view.ts'

export function paneOf(view: PaneView): Page {
  const { pane } = view.flow
  const institution = institutionById(view.flow.institutionId ?? '')
  switch (pane.name) {
    case 'consent':
      return consent(view)
    case 'institutions':
      return institutions(pane.query, view)
    case 'credentials':
      return credentials(pane, institution, view)
    case 'oauth':
      return oauth(institution, view)
    case 'devices':
      return devices(view)
    case 'mfa':
      return mfa(pane.round, view)
    case 'accounts':
      return accounts(pane.complaint, institution, view)
    case 'error':
      return failure(pane.error, institution, view)
    case 'success':
      return success(institution, view)
    default:
      return exited(view)
  }
}

function consent(view: PaneView): Page {
  const institution = institutionById(view.terms.institutionId ?? '')
  const { clientName } = view
  const title = view.terms.updates
    ? `Reconnect ${institution?.name ?? 'your bank'}`
    : `${clientName} uses Link to connect your bank`
  return {
    title,
    bar: { exit: true },
    body: html`<h1>${title}</h1>
      <ul class="points">
        <li>
          ${LOCK}<span
            ><strong>You sign in at your bank</strong> ${clientName} never sees your password.</span
          >
        </li>
        <li>
          ${EYE}<span><strong>What ${clientName} will see</strong> ${dataOf(view.products)}</span>
        </li>
      </ul>
      <form method="post" class="foot">
        <p class="small">
          By continuing you agree that ${clientName} receives this data until you end the
          connection.
        </p>
        <button name="action" value="continue" class="main">Continue</button>
      </form>`,
    hint: html`No real account is behind this page: it is an emulated Plaid.`,
  }
}

function dataOf(products: readonly string[]): string {
  const parts = [...new Set(products)].flatMap((product) => DATA[product] ?? [])
  const sentence = ['names and balances of your accounts', ...parts].join('; ')
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
}

const DATA: Readonly<Record<string, string>> = {
  auth: 'account and routing numbers',
  identity: 'your name and how to reach you',
  investments: 'your holdings and trades',
  liabilities: 'what you owe, and its terms',
  transactions: 'what was paid and received',
}

function institutions(query: string, view: PaneView): Page {
  const found = view.search(query)
  const rows = found.map(
    (institution) =>
      html`<li>
        <button name="institution_id" value="${institution.id}" class="row">
          ${logo(institution)}
          <span
            ><strong>${institution.name}</strong
            ><small>${new URL(institution.url).host}</small></span
          >${CHEVRON}
        </button>
      </li>`,
  )
  return {
    title: 'Choose your bank',
    bar: { back: true, exit: true },
    body: html`<h1>Choose your bank</h1>
      <form method="post" role="search" class="search">
        <label for="query" class="hidden">Search for your bank</label>
        <input
          id="query"
          name="query"
          type="search"
          value="${query}"
          maxlength="100"
          autocomplete="off"
          placeholder="Search for your bank"
          ${focus(view)}
        />
        <button name="action" value="search">Search</button>
      </form>
      <p class="small" role="status">${resultOf(query, found.length)}</p>
      <form method="post">
        <input type="hidden" name="action" value="choose" />
        <ul class="list">
          ${rows}
        </ul>
      </form>`,
    hint: html`Platypus OAuth Bank has a sign-in page of its own.`,
  }
}

function resultOf(query: string, count: number): string {
  if (query === '') return ''
  if (count === 0) return `No bank is called “${query}”. Try another name.`
  return count === 1 ? '1 bank found' : `${count} banks found`
}

function credentials(
  pane: Extract<Pane, { name: 'credentials' }>,
  institution: Institution | undefined,
  view: PaneView,
): Page {
  const title = view.terms.updates
    ? `Reconnect ${institution?.name}`
    : `Sign in to ${institution?.name}`
  const { complaint } = pane
  const isKnown = view.username !== null
  const username = view.username ?? pane.username
  const signIn = { username, isKnown, complaint, focus: focus(view) }
  return {
    title,
    bar: { back: true, exit: true },
    body: html`${heading(institution, title)} ${complaintOf(complaint)}
      <form method="post">
        <input type="hidden" name="institution_id" value="${institution?.id}" />
        ${signInFields(signIn)}
        <button name="action" value="sign-in" class="main">Submit</button>
      </form>`,
    hint: html`Sign in as <code>${view.username ?? 'user_good'}</code> with <code>pass_good</code>;
      with <code>mfa_device</code> a code is asked for, and with <code>error_ITEM_LOCKED</code> it
      fails.`,
  }
}

function oauth(institution: Institution | undefined, view: PaneView): Page {
  const title = `Continue to ${institution?.name}`
  return {
    title,
    bar: { back: true, exit: true },
    body: html`${heading(institution, title)}
      <p>You will sign in and give access on your bank’s own page, and come back here.</p>
      <form method="post" class="foot" target="${view.oauthTarget}">
        <button name="action" value="authorize" class="main">Continue to sign in</button>
      </form>`,
  }
}

function devices({ flow }: PaneView): Page {
  const choices = (flow.mfa?.devices ?? []).map((device, i) => choice('device', device, i === 0))
  return {
    title: 'Verify that it is you',
    bar: { back: true, exit: true },
    body: html`<h1>Verify that it is you</h1>
      <form method="post">
        <fieldset>
          <legend>Where should your bank send a security code?</legend>
          ${choices}
        </fieldset>
        <button name="action" value="device" class="main">Send code</button>
      </form>`,
  }
}

function mfa(number: number, view: PaneView): Page {
  const { flow } = view
  const round = flow.mfa?.rounds[number]
  const prompts = round?.prompts ?? []
  const title = round?.type === 'code' ? 'Enter your security code' : 'Answer your bank’s questions'
  const rounds = flow.mfa?.rounds.length ?? 1
  return {
    title,
    bar: { back: true, exit: true },
    body: html`<h1>${title}</h1>
      ${rounds > 1 && html`<p class="small">Step ${number + 1} of ${rounds}</p>`}
      <form method="post">
        ${prompts.map((prompt, i) => promptOf(prompt, i, view))}
        <button name="action" value="answers" class="main">Submit</button>
      </form>`,
    hint: html`The right ${prompts.length === 1 ? 'answer is' : 'answers are'}
    ${prompts.map(({ answer }, i) => html`${i > 0 && ', '}<code>${answer}</code>`)}.`,
  }
}

function promptOf({ text, choices }: Prompt, i: number, view: PaneView): Html {
  const name = `answer_${i}`
  if (choices !== null) {
    return html`<fieldset>
      <legend>${text}</legend>
      ${choices.map((each) => choice(name, each, false))}
    </fieldset>`
  }
  return html`<label for="${name}">${text}</label>
    <input
      id="${name}"
      name="${name}"
      required
      maxlength="1000"
      autocomplete="off"
      autocapitalize="none"
      spellcheck="false"
      ${i === 0 && focus(view)}
    />`
}

function choice(name: string, value: string, checked: boolean): Html {
  return html`<label class="row"
    ><input
      type="radio"
      name="${name}"
      value="${value}"
      required${checked && html` checked`}
    /><span>${value}</span></label
  >`
}

function accounts(
  complaint: string | null,
  institution: Institution | undefined,
  view: PaneView,
): Page {
  const one = view.terms.selects === 'one'
  const title = one ? 'Choose an account' : 'Choose accounts'
  const lead = one ? 'Which account may' : 'Which accounts may'
  return {
    title,
    bar: { back: true, exit: true },
    body: html`${heading(institution, title)}
${complaintOf(complaint)}
<form method="post">
<fieldset${complaint !== null && html` aria-describedby="complaint"`}>
<legend>${lead} ${view.clientName} see?</legend>
${view.flow.offers.map((offer) => account(offer, one, view))}
</fieldset>
<button name="action" value="accounts" class="main">Continue</button>
</form>`,
  }
}

function account(offer: Offer, one: boolean, { terms }: PaneView): Html {
  const mask = offer.mask === null ? '' : `•••• ${offer.mask}`
  const checked = !one && (offer.shared || !terms.updates)
  const isNew = terms.updates && !offer.shared
  return html`<label class="row"
    ><input
      type="${one ? 'radio' : 'checkbox'}"
      name="account"
      value="${offer.key}"
      ${checked && html` checked`}
    />
    <span><strong>${offer.name}</strong><small>${offer.subtype} ${mask}</small></span>
    ${isNew && html`<em>New</em>`}</label
  >`
}

/** A browser lets a page in a frame take the focus by script only (link-frame.js). */
function focus({ framed }: PaneView): Html {
  return framed ? html`data-focus` : html`autofocus`
}

function heading(institution: Institution | undefined, title: string): Html {
  return html`<div class="bank">
    ${institution && logo(institution)}
    <h1>${title}</h1>
  </div>`
}
