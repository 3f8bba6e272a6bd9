// Bank data is an attacker's text: what steers a terminal, a direction or nothing visible at all is
// shown as a glyph, and what is long is cut. Elements are never made of it.
const shownMax = 200
// Controls, soft hyphen, zero-width and bidirectional marks, interlinear and byte order marks.
const steering =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu

export function visible(text: string): string {
  return text.replace(steering, (one) => {
    const code = one.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    if (code === 0x7f) return '\u2421'
    return `‹${code.toString(16).toUpperCase().padStart(4, '0')}›`
  })
}

export function cut(text: string, max = shownMax): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`
}

/** A name as a title, a label or a line of a list has it. */
export function brief(text: string): string {
  return cut(visible(text))
}

/** The address, if it is one that a browser may open. */
export function webAddress(text: string): URL | undefined {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
  } catch {
    return undefined
  }
}

// Escape sequences of a terminal, in the log of a connector.
const escape = String.fromCodePoint(0x1b)
const ansi = new RegExp(`${escape}(\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007]*(\\u0007|$)|.)`, 'g')

export function logText(line: string): string {
  return visible(line.replace(ansi, ''))
}
