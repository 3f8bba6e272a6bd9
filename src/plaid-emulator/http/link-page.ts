// The Hosted Link page, as text: choose a bank, sign in and consent. Plain HTML without scripts,
// made of forms, so that a keyboard, a phone and a program can use it alike.
import type { LinkRecord } from '../bank/state.ts'
import { type Bank, BANKS } from '../world/institutions.ts'

export interface Page {
  title: string
  body: string
}

export function bankPage(link: LinkRecord): Page {
  const chosen = BANKS[0]?.id
  const choices = BANKS.map((bank) => {
    const checked = bank.id === chosen ? ' checked' : ''
    return `<label><input type="radio" name="institution_id" required
  value="${escape(bank.id)}"${checked}> ${escape(bank.name)}</label>`
  })
  return {
    title: 'Choose your bank',
    body: `<p><strong>${escape(link.clientName)}</strong> would like to see your transactions.</p>
<form method="get">
<fieldset><legend>Banks</legend>
${choices.join('\n')}
</fieldset>
<button type="submit">Continue</button>
</form>
${leaveForm()}`,
  }
}

/** What the person typed before, and what was wrong with it. */
export interface Attempt {
  username: string
  complaint?: string
}

export function consentPage(link: LinkRecord, bank: Bank, attempt: Attempt): Page {
  const complaint = attempt.complaint
  const alert = complaint === undefined ? '' : `<p role="alert">${escape(complaint)}</p>\n`
  const asks = link.updates === null ? 'see your accounts and transactions' : 'stay connected'
  return {
    title: link.updates === null ? `Sign in to ${bank.name}` : `Reconnect ${bank.name}`,
    body: `${alert}<p>With your consent <strong>${escape(link.clientName)}</strong> can
${asks}: names and balances of your accounts, and what was paid and received.</p>
<form method="post">
<input type="hidden" name="institution_id" value="${escape(bank.id)}">
<label>User name <input name="username" required autocomplete="off"
  value="${escape(attempt.username)}"></label>
<label>Password <input name="password" type="password" required autocomplete="off"
  value="pass_good"></label>
<button type="submit" name="action" value="consent">I consent</button>
</form>
${leaveForm()}`,
  }
}

export function donePage(link: LinkRecord): Page {
  return {
    title: 'Connected',
    body: `<p>Your bank is connected with <strong>${escape(link.clientName)}</strong>. You may close
this page.</p>`,
  }
}

export function leftPage(): Page {
  return { title: 'Cancelled', body: '<p>Nothing was connected. You may close this page.</p>' }
}

export function brokenPage(sentence: string): Page {
  return { title: 'This link does not work', body: `<p role="alert">${escape(sentence)}</p>` }
}

function leaveForm(): string {
  return `<form method="post">
<button class="quiet" type="submit" name="action" value="leave">Cancel</button>
</form>`
}

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;
padding:0 1rem;color:#1b1b1f;background:#fff}fieldset{border:1px solid #8a8a94;border-radius:.5rem;
padding:1rem}label{display:block;margin:.75rem 0}
input:not([type=radio]){display:block;width:100%;font:inherit;
padding:.5rem;box-sizing:border-box;border:1px solid #6b6b76;border-radius:.25rem}
button{font:inherit;width:100%;padding:.75rem;margin-top:1rem;border:0;border-radius:.5rem;
background:#1f4e8c;color:#fff;cursor:pointer}button.quiet{background:#fff;color:#1f4e8c;
border:1px solid #1f4e8c}[role=alert]{color:#9b1c1c;font-weight:600}
.note{color:#55555f;font-size:.875rem}`

export function htmlOf(page: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(page.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(page.title)}</h1>
${page.body}
<p class="note">This is an emulated bank: no real account is behind it. Sign in as user_good with
pass_good.</p>
</main>
</body>
</html>
`
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
