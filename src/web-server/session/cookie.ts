// The session's cookie (pure). Cookies ignore ports: every server on `localhost` is sent them, so
// its name ends in our port, and two Tartans do not log each other out. Over https its name binds
// it to this host and to https.

export function cookieName(port: number, secure: boolean): string {
  return `${secure ? '__Host-' : ''}tartan_${port}`
}

/** What a request brings under that name; a 256-bit token has this form. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function readCookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
  const value = found?.slice(name.length + 1)
  return value !== undefined && TOKEN.test(value) ? value : undefined
}

/** An empty value ends it. */
export function setCookie(name: string, value: string, secure: boolean, ageMs: number): string {
  const age = value === '' ? 0 : Math.floor(ageMs / 1000)
  const attributes = `Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict`
  return `${name}=${value}; ${attributes}${secure ? '; Secure' : ''}`
}
