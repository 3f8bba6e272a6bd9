// The page around a pane: head, bar, card, and the headers that guard it. Without scripts, except
// in an application's frame, where one file of ours tells the application what happened.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Html, html } from './html.ts'

export interface Page {
  title: string
  body: Html
  /** What the person may do beside the pane's own form. */
  bar?: { back?: boolean; exit?: boolean }
  /** A sentence below the card, for whoever tries the emulator. */
  hint?: Html | undefined
  /** A bank's own page, which is not Link's and does not look like it. */
  isBank?: boolean
  /** For the frame's script. */
  news?: Html
}

export interface Frame {
  language: string
  /** The application whose page holds this one; null forbids every frame. */
  origin: string | null
  /** Where a form of this page may lead, beside this server. */
  leadsTo: readonly (string | null)[]
  /** Whether scripts of ours run here; nobody else's ever do. */
  scripts: boolean
}

const CSS = readFileSync(new URL('assets/link.css', import.meta.url), 'utf8')
/** As it is hashed: a formatter that indented it would make the policy refuse it. */
const STYLE = new Html(`<style>${CSS}</style>`)
const STYLE_HASH = createHash('sha256').update(CSS).digest('base64')

export function pageText(page: Page, { language, origin }: Frame): string {
  const framed = origin !== null
  // The words are English whatever was asked for, and a reader that speaks must know both.
  return `<!doctype html>\n${
    html`<html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title}</title>
        ${STYLE}
        ${framed && html`<script type="module" src="/link/v2/stable/link-frame.js"></script>`}
      </head>
      <body lang="en" class="${framed ? 'framed' : 'hosted'}${page.isBank === true && ' bank-own'}">
        <div class="card">
          ${page.bar && bar(page.bar)}
          <main>${page.body}</main>
        </div>
        ${page.hint && hint(page.hint)} ${page.news}
      </body>
    </html> `.text
  }`
}

function hint(text: Html): Html {
  return html`<aside class="hint" aria-label="About this emulator">${text}</aside>`
}

export function pageHeaders({ origin, leadsTo, scripts }: Frame): Record<string, string> {
  const targets = leadsTo.flatMap((uri) => (uri === null ? [] : [sourceOf(uri)]))
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    'img-src data:',
    `form-action ${["'self'", ...targets].join(' ')}`,
    "base-uri 'none'",
    `frame-ancestors ${origin ?? "'none'"}`,
    ...(scripts ? ["script-src 'self'"] : []),
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
}

/** An origin; or for an application's own scheme, the scheme. */
function sourceOf(uri: string): string {
  const { origin, protocol } = new URL(uri)
  return origin === 'null' ? protocol : origin
}

function bar({ back = false, exit = false }: NonNullable<Page['bar']>): Html {
  return html`<header>
    ${
      back
        ? html`<form method="post">
            <button class="icon" name="action" value="back" aria-label="Back">${BACK}</button>
          </form>`
        : html`<span></span>`
    }
    <span class="brand">Link</span>
    ${
      exit
        ? html`<form method="post" id="exit">
            <button class="icon" name="action" value="exit" aria-label="Exit">${CLOSE}</button>
          </form>`
        : html`<span></span>`
    }
  </header>`
}

function icon(path: string): Html {
  return new Html(
    '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" ' +
      `stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">` +
      `<path d="${path}"/></svg>`,
  )
}

const BACK = icon('M15 5l-7 7 7 7')
export const CLOSE = icon('M6 6l12 12M18 6L6 18')
export const CHECK = icon('M5 13l4 4L19 7')
export const ALERT = icon('M12 7v6M12 17v.01')
export const LOCK = icon('M7 11V8a5 5 0 0110 0v3M6 11h12v9H6z')
export const EYE = icon(
  'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 100 6 3 3 0 000-6z',
)
export const CHEVRON = icon('M9 5l7 7-7 7')
