// What somebody else wrote is text on the page and text in a file, whatever stands in it.
import { expect, test } from 'vitest'
import { csvOf } from '../../web/src/parts/export.ts'
import { browserOf } from '../../web/src/words/browser.ts'
import { cut, logText, visible, webAddress } from '../../web/src/words/hostile.ts'
import { writtenSince } from '../../web/src/words/written.ts'

const character = String.fromCodePoint

test('what steers a direction, hides, or ends a text is shown as a glyph', () => {
  expect(visible(`a${character(0x202e)}b`)).toBe('a‹202E›b')
  expect(visible(`a${character(0)}b${character(7)}`)).toBe('a\u2400b\u2407')
  expect(visible(`a${character(0x200b)}${character(0xfeff)}`)).toBe('a‹200B›‹FEFF›')
  expect(visible(`half ${String.fromCharCode(0xd800)}`)).toBe('half ‹D800›')
  expect(visible('Blue Door <img onerror=alert(1)> é 🧵')).toBe(
    'Blue Door <img onerror=alert(1)> é 🧵',
  )
})

test('what is long is cut', () => {
  expect(cut('x'.repeat(10_000))).toBe(`${'x'.repeat(200)}…`)
  expect(cut('short')).toBe('short')
})

test('a website is a link only where a browser may open it', () => {
  expect(webAddress('bluedoor.example')?.href).toBe('https://bluedoor.example/')
  expect(webAddress('http://a.example/x')?.host).toBe('a.example')
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'a b']) {
    expect(webAddress(text)).toBeUndefined()
  }
})

test('a log has no colours of a terminal', () => {
  const escape = character(0x1b)
  expect(logText(`${escape}[31mred${escape}[0m and ${escape}]0;title${character(7)}plain`)).toBe(
    'red and plain',
  )
})

test('no cell of a file becomes a formula of a spreadsheet; numbers stay numbers', () => {
  const columns = [
    { name: 'name', type: 'text' },
    { name: 'amount', type: 'numeric(28,10)' },
  ]
  const rows = ['=cmd()', '+1', '-1', '@x', '\tx', 'plain, "quoted"'].map((name) => [name, '-3.76'])
  expect(csvOf(columns, rows).split('\r\n')).toEqual([
    'name,amount',
    "'=cmd(),-3.76",
    "'+1,-3.76",
    "'-1,-3.76",
    "'@x,-3.76",
    "'\tx,-3.76",
    '"plain, ""quoted""",-3.76',
    '',
  ])
})

test('a browser is called as people call it, and one that nobody knows as it calls itself', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
  const edge = `Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/153.0 Safari/537.36 Edg/153.0`
  expect(browserOf(edge)).toBe('Edge 153 on Windows')
  expect(browserOf(edge.replace(' Edg/153.0', ''))).toBe('Chrome 153 on Windows')
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1'
  expect(browserOf(`${phone} Version/26.1 Mobile/1 Safari/604.1`)).toBe('Safari 26 on iPhone')
  expect(browserOf('curl/8')).toBe('curl/8')
})

test('what was written since is told by its rows, or that nobody knows', () => {
  const then = { inserted: 100, updated: 5, deleted: 2 }
  const said = (more: object, isView = false) => writtenSince(then, { ...then, ...more }, isView)
  expect(said({})).toBeUndefined()
  expect(said({ inserted: 112 })).toBe('12 new rows')
  expect(said({ inserted: 101, updated: 8, deleted: 3 })).toBe('1 new row, 3 changed, 1 gone')
  expect(said({ deleted: 4 })).toBe('2 rows gone')
  expect(said({ inserted: 0 })).toBe('Rows may have changed')
  expect(said({ updated: 6 }, true)).toBe('Rows may have changed')
})
