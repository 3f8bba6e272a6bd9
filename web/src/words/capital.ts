// A sentence begins with a capital, also where whoever said it began in the middle of another.
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
