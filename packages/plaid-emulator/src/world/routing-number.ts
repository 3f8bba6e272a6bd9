// The American Bankers Association's numbers: nine digits, whose weighted sum checks them.
export function isRoutingNumber(text: string): boolean {
  if (!/^\d{9}$/.test(text)) return false
  const digits = Array.from(text, Number)
  return digits.reduce((sum, digit, i) => sum + digit * (WEIGHTS[i % 3] ?? 0), 0) % 10 === 0
}

const WEIGHTS = [3, 7, 1]
