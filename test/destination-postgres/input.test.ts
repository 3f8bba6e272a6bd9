// What comes on stdin: whole lines, cut anywhere by the pipe, and nothing that is no text.
import { expect, test } from 'vitest'
import { blocks, messages } from '../../src/destination-postgres/input.ts'

const line = '{"type":"RECORD","record":{"stream":"s","emitted_at":1,"data":{"x":"é😀"}}}'

async function read(...chunks: Buffer[]) {
  async function* input() {
    yield* chunks
  }
  const found: unknown[] = []
  for await (const block of blocks(input())) {
    for (const { message } of messages(block)) {
      found.push(message.type === 'RECORD' ? message.record.data['x'] : message.type)
    }
  }
  return found
}

test('a character that the pipe cuts is whole, and the last line needs no end', async () => {
  const bytes = Buffer.from(`${line}\n${line}`)
  for (let at = 0; at <= bytes.length; at++) {
    expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(['é😀', 'é😀'])
  }
})

test('bytes that are no text are refused, not mended in silence, and not quoted', async () => {
  const wrong = Buffer.from(`${line}\n`, 'latin1')
  await expect(read(wrong)).rejects.toMatchObject({ code: 'INPUT_NOT_UTF8', kind: 'system' })
  await expect(read(wrong.subarray(0, -1))).rejects.toThrow(/is not UTF-8/)
})

test.each([
  ['two on a line', `${line}${line}`],
  ['half a one', line.slice(0, 40)],
  ['text before it', `WARN ${line}`],
  ['NaN', line.replace('"é😀"', 'NaN')],
  ['a list', '[]'],
])('a line that is not one message is refused without its content: %s', async (_, text) => {
  await expect(read(Buffer.from(`${text}\n`))).rejects.toThrow(/^a line of the input is not/)
})
