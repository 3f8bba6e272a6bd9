// What a browser says of itself, as a person calls it. Each claims to be its elders too: the first
// that fits is meant.
const browsers: [RegExp, string][] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+).* Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** What is known of it; else all that it said. */
export function browserOf(agent: string): string {
  const found = browsers.find(([pattern]) => pattern.test(agent))
  if (!found) return agent === '' ? 'unknown' : agent
  const [pattern, name] = found
  const version = pattern.exec(agent)?.[1]
  const system = systems.find(([one]) => one.test(agent))?.[1]
  return `${name} ${version}${system === undefined ? '' : ` on ${system}`}`
}
